// What is asked of PostgreSQL's own catalogue: four statements, whatever the number of tables.
// https://www.postgresql.org/docs/15/catalogs.html

enum CatalogQueries {
    /// Tables, views, materialized and foreign ones, partitioned ones without their partitions; not those of extensions,
    /// nor those the gateway may read nothing of. In the order of creation.
    private static let relations = """
        relations as (
          select c.oid, n.nspname, c.relname, c.relkind
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'v', 'm', 'f', 'p') and not c.relispartition
            and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
            and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
            and not exists (
              select from pg_depend d
              where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
        """

    /// Oid, schema, name, kind, comment.
    static let tables = """
        with \(relations)
        select r.oid, r.nspname, r.relname, r.relkind, obj_description(r.oid, 'pg_class') from relations r order by r.oid
        """

    /// Table's oid, name, type (of a domain its base), the type's schema where it has to be said, not null, nobody may
    /// write it, has a default, comment.
    static let columns = """
        with recursive \(relations),
        bases as (
          select t.oid, t.oid as base, t.typbasetype, t.typnotnull from pg_type t where t.typtype = 'd'
          union all
          select b.oid, t.oid, t.typbasetype, b.typnotnull or t.typnotnull
          from bases b join pg_type t on t.oid = b.typbasetype)
        select r.oid, a.attname, t.typname, case when not pg_type_is_visible(t.oid) then n.nspname end,
          a.attnotnull or coalesce(b.typnotnull, false), a.attgenerated <> '' or a.attidentity = 'a',
          a.atthasdef or a.attidentity <> '', col_description(r.oid, a.attnum)
        from relations r
        join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        left join bases b on b.oid = a.atttypid and b.typbasetype = 0
        join pg_type t on t.oid = coalesce(b.base, a.atttypid)
        join pg_namespace n on n.oid = t.typnamespace
        where has_column_privilege(r.oid, a.attnum, 'select')
        order by r.oid, a.attnum
        """

    /// View's oid, takes inserts, takes deletes, columns whose change it takes as a JSON list, names of its triggers as another:
    /// what INSTEAD OF triggers do, and PostgreSQL by itself where a view is simple.
    /// https://www.postgresql.org/docs/15/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS
    static let views = """
        with \(relations)
        select r.oid, pg_relation_is_updatable(r.oid, true) & 8 <> 0, pg_relation_is_updatable(r.oid, true) & 16 <> 0,
          (select json_agg(a.attname order by a.attnum) from pg_attribute a
           where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
             and pg_column_is_updatable(r.oid, a.attnum, true)),
          (select json_agg(t.tgname order by t.tgname) from pg_trigger t where t.tgrelid = r.oid and not t.tgisinternal)
        from relations r where r.relkind = 'v' and pg_relation_is_updatable(r.oid, true) <> 0
        """

    /// Table's oid, name, is the primary key, can be named by an upsert, columns as a JSON list.
    static let keys = """
        with \(relations)
        select r.oid, i.relname, x.indisprimary, x.indimmediate,
          (select json_agg(a.attname order by k.position)
           from unnest(x.indkey[0:x.indnkeyatts - 1]) with ordinality k(number, position)
           join pg_attribute a on a.attrelid = r.oid and a.attnum = k.number)
        from relations r
        join pg_index x on x.indrelid = r.oid
        join pg_class i on i.oid = x.indexrelid
        where x.indisunique and x.indisvalid and x.indpred is null and x.indexprs is null
        order by r.oid, i.oid
        """

    /// Schema, name, arguments as a JSON list, returns a set, oid of the table whose rows it returns, its result's type (of a
    /// domain its base) and that type's schema where it has to be said, volatility, borrows its owner's rights without a
    /// path of its own, comment, the result in words. Of plain functions that the gateway may execute.
    static func functions(_ names: [String]) -> String {
        let list = names.map { PostgresDialect.quotedText($0) }.joined(separator: ", ")
        return """
            with recursive bases as (
              select t.oid, t.oid as base, t.typbasetype from pg_type t where t.typtype = 'd'
              union all
              select b.oid, t.oid, t.typbasetype from bases b join pg_type t on t.oid = b.typbasetype),
            types as (
              select t.oid, t.typname as name, n.nspname as schema, nullif(t.typrelid, 0) as row, u.typname as base,
                case when not pg_type_is_visible(u.oid) then un.nspname end as base_schema, u.typtype
              from pg_type t join pg_namespace n on n.oid = t.typnamespace
              left join bases b on b.oid = t.oid and b.typbasetype = 0
              join pg_type u on u.oid = coalesce(b.base, t.oid)
              join pg_namespace un on un.oid = u.typnamespace)
            select n.nspname, p.proname,
              (select json_agg(json_build_object(
                 'name', (i.names)[a.position], 'type', t.name, 'schema', t.schema, 'row', t.row::text,
                 'base', t.base, 'baseSchema', t.base_schema,
                 'hasDefault', a.position > p.pronargs - p.pronargdefaults) order by a.position)
               from unnest(p.proargtypes) with ordinality a(type, position) join types t on t.oid = a.type),
              p.proretset, r.row, case when r.typtype <> 'p' then r.base end, r.base_schema, p.provolatile,
              p.prosecdef and not exists (select from unnest(p.proconfig) s(setting) where s.setting like 'search_path=%'),
              obj_description(p.oid, 'pg_proc'), pg_get_function_result(p.oid)
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace join types r on r.oid = p.prorettype
            -- Names of what it returns may stand among those of its arguments.
            cross join lateral (
              select case when p.proargmodes is null then p.proargnames else (
                select array_agg(p.proargnames[m.position] order by m.position)
                from unnest(p.proargmodes) with ordinality m(mode, position) where m.mode in ('i', 'b')) end as names) i
            where p.prokind = 'f' and p.provariadic = 0
              and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
              and case when n.nspname = 'public' then p.proname else n.nspname || '.' || p.proname end in (\(list))
              and not exists (
                select from unnest(p.proargtypes) a(type) join pg_type t on t.oid = a.type where t.typtype = 'p')
            order by p.oid
            """
    }

    /// One row: a text for each table of the catalogue that introspection reads, or whose contents decide what a column of it
    /// means. A row that is written has a new `xmin`; statistics and vacuum write in place. Temporary tables change it, too.
    static let fingerprint: String = {
        let catalogs = [
            "pg_class", "pg_attribute", "pg_attrdef", "pg_index", "pg_constraint", "pg_namespace", "pg_type", "pg_enum",
            "pg_proc", "pg_trigger", "pg_rewrite", "pg_description", "pg_inherits", "pg_auth_members",
        ]
        let columns = catalogs.map { "(select count(*) || ':' || sum(xmin::text::bigint) from pg_catalog.\($0))" }
        return "select \(columns.joined(separator: ", "))"
    }()

    /// Table's oid, columns, target's oid, its columns, what a delete and an update of the target's row do.
    static let foreignKeys = """
        with \(relations)
        select r.oid,
          (select json_agg(a.attname order by k.position)
           from unnest(c.conkey) with ordinality k(number, position)
           join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number),
          c.confrelid,
          (select json_agg(a.attname order by k.position)
           from unnest(c.confkey) with ordinality k(number, position)
           join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number),
          c.confdeltype, c.confupdtype
        from relations r join pg_constraint c on c.conrelid = r.oid and c.contype = 'f' and c.conparentid = 0
        order by r.oid, c.oid
        """
}
