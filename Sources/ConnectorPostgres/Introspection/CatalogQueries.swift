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
