#pragma once
#include <sqlite3.h>

// Macros that Swift does not import.
static inline sqlite3_destructor_type perigee_sqlite_transient(void) { return SQLITE_TRANSIENT; }
static inline sqlite3_destructor_type perigee_sqlite_static(void) { return SQLITE_STATIC; }

// The destructor for results that a function built with sqlite3_malloc64.
static inline sqlite3_destructor_type perigee_sqlite_free(void) { return sqlite3_free; }

// Flags of the gateway's functions. SQLITE_RESULT_SUBTYPE came with 3.45 and older libraries ignore it.
#define PERIGEE_RESULT_SUBTYPE 0x001000000
static inline int perigee_sqlite_function_flags(int deterministic) {
    int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_SUBTYPE | PERIGEE_RESULT_SUBTYPE;
    return deterministic ? flags | SQLITE_DETERMINISTIC : flags;
}

// Variadic calls that Swift cannot make, one inline wrapper for each use.

// Before the first connection: without statistics an allocation takes no process-wide lock.
static inline int perigee_sqlite_config_no_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
static inline int perigee_sqlite_config_defensive(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}
// Whether "x" in a statement, a view or a trigger is a text where it is no identifier.
static inline int perigee_sqlite_config_dqs(sqlite3 *db, int allowed) {
    int first = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, allowed, (int *)0);
    int second = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
    return first != SQLITE_OK ? first : second;
}
static inline int perigee_sqlite_config_trusted_schema(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, (int *)0);
}
static inline int perigee_sqlite_config_no_extensions(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, (int *)0);
}
static inline int perigee_sqlite_config_foreign_keys(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, (int *)0);
}
