#pragma once
#include <libpq-fe.h>
#include <stddef.h>

// Macros that Swift does not import: fields of an error. https://www.postgresql.org/docs/15/libpq-exec.html#LIBPQ-PQRESULTERRORFIELD
static inline const char *perigee_pg_sqlstate(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SQLSTATE); }
static inline const char *perigee_pg_message(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY); }
static inline const char *perigee_pg_detail(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL); }
static inline const char *perigee_pg_schema(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SCHEMA_NAME); }
static inline const char *perigee_pg_table(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_TABLE_NAME); }
static inline const char *perigee_pg_column(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_COLUMN_NAME); }
static inline const char *perigee_pg_constraint(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME); }
static inline const char *perigee_pg_context(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_CONTEXT); }

// Notices would be written to standard error.
static inline void perigee_pg_drop_notice(void *context, const PGresult *result) { (void)context; (void)result; }
static inline void perigee_pg_drop_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, perigee_pg_drop_notice, NULL);
}
