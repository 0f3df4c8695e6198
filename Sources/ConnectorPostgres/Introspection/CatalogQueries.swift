// What is asked of PostgreSQL's own catalogue: a fixed number of statements, whatever the number of tables.
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

    /// Oid, schema, name, kind, comment, and whether what is written to it, or read of it, may be rows of other tables in ways
    /// that keys and its own triggers do not tell: rows that lie elsewhere, inheritance, rules, triggers of partitions alone.
    static let tables = """
        with \(relations)
        select r.oid, r.nspname, r.relname, r.relkind, obj_description(r.oid, 'pg_class'),
          r.relkind = 'f'
          or r.relkind <> 'p' and exists (select from pg_inherits h where r.oid in (h.inhrelid, h.inhparent))
          or exists (select from pg_rewrite w where w.ev_class = r.oid and w.rulename <> '_RETURN')
          or r.relkind = 'p' and exists (
            select from pg_partition_tree(r.oid) p join pg_trigger t on t.tgrelid = p.relid
            where p.relid <> r.oid and not t.tgisinternal and t.tgparentid = 0)
        from relations r order by r.oid
        """

    /// View's oid, whether the database takes inserts, updates and deletes of it, and of one whose rows are those of one table
    /// each its columns that are that table's primary key, as a JSON list. What a view's column is, its rewrite rule alone
    /// says: the node of each column names the table and the column it comes from. What writes of such a table set off in
    /// others by foreign keys is not to be seen from the view: without those.
    static let writableViews = """
        with \(relations),
        views as (
          select r.oid, pg_relation_is_updatable(r.oid, true) as able, pg_relation_is_updatable(r.oid, false) <> 0 as plain
          from relations r where r.relkind = 'v'),
        origins as (
          select v.oid, m[1]::int2 as number, min(m[2]::oid) as base, min(m[3]::int2) as base_number
          from views v
          join pg_rewrite w on w.ev_class = v.oid and w.rulename = '_RETURN'
          cross join lateral regexp_matches(
            w.ev_action::text,
            ':resno (\\d+) :resname (?:\\\\.|[^ ])+ :ressortgroupref \\d+ :resorigtbl (\\d+) :resorigcol (\\d+) :resjunk false',
            'g') m
          where v.plain
          group by v.oid, m[1]
          having count(*) = 1 and min(m[2]) <> '0'),
        keyed as (
          select o.oid, o.base, json_agg(a.attname order by k.position) as key
          from origins o
          join pg_index x on x.indrelid = o.base and x.indisprimary
          cross join lateral unnest(x.indkey[0:x.indnkeyatts - 1]) with ordinality k(number, position)
          join pg_attribute a on a.attrelid = o.oid and a.attnum = o.number
          where k.number = o.base_number
          group by o.oid, o.base, x.indnkeyatts
          having count(*) = x.indnkeyatts)
        select v.oid, v.able & 8 <> 0, v.able & 4 <> 0 and \(isSeen("confupdtype")),
          v.able & 16 <> 0 and \(isSeen("confdeltype")), y.key
        from views v left join keyed y using (oid)
        where v.able <> 0
        """

    /// Whether no other table's rows follow those of the view's. Triggers of the view are trusted.
    private static func isSeen(_ action: String) -> String {
        """
        (not v.plain or y.key is not null and not exists (
          select from pg_constraint f
          where f.contype = 'f' and f.confrelid = y.base and f.\(action) in ('c', 'n', 'd')))
        """
    }

    /// A domain and what it is one of, through all domains between.
    private static let bases = """
        bases as (
          select t.oid, t.oid as base, t.typbasetype, t.typnotnull from pg_type t where t.typtype = 'd'
          union all
          select b.oid, t.oid, t.typbasetype, b.typnotnull or t.typnotnull
          from bases b join pg_type t on t.oid = b.typbasetype)
        """

    /// Oid, then what it is in the end (of a domain its base, of an array its items): name, schema where it has to be said,
    /// kind, labels of an enum as a JSON list, whether values have an order, whether they have an equality; is an array. Of
    /// the types that columns have, and that functions of these names take and return.
    static func types(ofFunctions names: [String]) -> String {
        """
        with recursive \(relations), \(bases),
        used as (
          select distinct a.atttypid as oid
          from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
          union
          select t.type from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            cross join lateral unnest(p.proargtypes || p.prorettype) t(type)
          where \(isNamed(names))),
        resolved as (
          select u.oid, coalesce(eb.base, e.oid, b.base, u.oid) as own, e.oid is not null as is_array
          from used u
          left join bases b on b.oid = u.oid and b.typbasetype = 0
          left join pg_type e on e.typarray = coalesce(b.base, u.oid)
          left join bases eb on eb.oid = e.oid and eb.typbasetype = 0),
        comparing as (
          select o.opcintype, m.amname
          from pg_opclass o join pg_am m on m.oid = o.opcmethod
          where o.opcdefault and m.amname in ('btree', 'hash'))
        select s.oid, t.typname, case when not pg_type_is_visible(t.oid) then n.nspname end, t.typtype,
          (select json_agg(l.enumlabel order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid),
          t.typtype in ('e', 'r', 'm') or \(compares("btree")),
          t.typtype in ('e', 'r', 'm') or \(compares("hash")), s.is_array
        from resolved s join pg_type t on t.oid = s.own join pg_namespace n on n.oid = t.typnamespace
        """
    }

    /// Whether a function `p` of the schema `n` has one of the names.
    private static func isNamed(_ names: [String]) -> String {
        let list = names.map { PostgresDialect.quotedText($0) }.joined(separator: ", ")
        let name = "case when n.nspname = 'public' then p.proname else n.nspname || '.' || p.proname end"
        return "\(name) = any (array[\(list)]::text[])"
    }

    /// By an operator class of its own, or by that of a type whose values it shares.
    private static func compares(_ method: String) -> String {
        """
        exists (
          select from comparing c
          where c.amname = '\(method)' and (c.opcintype = t.oid or c.opcintype in (
            select k.casttarget from pg_cast k
            where k.castsource = t.oid and k.castmethod = 'b' and k.castcontext = 'i')))
        """
    }

    /// Table's oid, name, type's oid, dimensions it is declared with, not null, nobody may write it, has a default, comment.
    static let columns = """
        with recursive \(relations), \(bases)
        select r.oid, a.attname, a.atttypid, a.attndims,
          a.attnotnull or coalesce(b.typnotnull, false),
          case when r.relkind = 'v' then not pg_column_is_updatable(r.oid, a.attnum, true)
            else a.attgenerated <> '' or a.attidentity = 'a' end,
          a.atthasdef or a.attidentity <> '', col_description(r.oid, a.attnum)
        from relations r
        join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        left join bases b on b.oid = a.atttypid and b.typbasetype = 0
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

    /// Table's oid, name, in the order in which PostgreSQL fires them. Not those that keep its own foreign keys, nor those that
    /// are turned off.
    static let triggers = """
        with \(relations)
        select r.oid, t.tgname
        from relations r join pg_trigger t on t.tgrelid = r.oid
        where not t.tgisinternal and t.tgenabled <> 'D'
        order by r.oid, t.tgname
        """

    /// Schema, name, arguments as a JSON list, returns a set, oid of the table whose rows it returns, oid of its result's type,
    /// the result in words, volatility, borrows its owner's rights without a path of its own, comment. Of plain functions that
    /// the gateway may execute.
    static func functions(_ names: [String]) -> String {
        """
        select n.nspname, p.proname,
          (select json_agg(json_build_object(
             'name', (i.names)[a.position], 'oid', t.oid::text, 'type', t.typname, 'schema', tn.nspname,
             'words', format_type(t.oid, null),
             'row', nullif(t.typrelid, 0)::text,
             'hasDefault', a.position > p.pronargs - p.pronargdefaults) order by a.position)
           from unnest(p.proargtypes) with ordinality a(type, position)
           join pg_type t on t.oid = a.type join pg_namespace tn on tn.oid = t.typnamespace),
          p.proretset, nullif(r.typrelid, 0), case when r.typtype <> 'p' then r.oid end, pg_get_function_result(p.oid),
          p.provolatile,
          p.prosecdef and not exists (select from unnest(p.proconfig) s(setting) where s.setting like 'search_path=%'),
          obj_description(p.oid, 'pg_proc')
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type r on r.oid = p.prorettype
        -- Names of what it returns may stand among those of its arguments.
        cross join lateral (
          select case when p.proargmodes is null then p.proargnames else (
            select array_agg(p.proargnames[m.position] order by m.position)
            from unnest(p.proargmodes) with ordinality m(mode, position) where m.mode in ('i', 'b')) end as names) i
        where p.prokind = 'f' and p.provariadic = 0
          and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
          and \(isNamed(names))
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
