// The bounds of one PostgreSQL source: every queue, cache and time of this module has its name and default here.

package struct PostgresLimits: Sendable, Hashable {
    /// Connections of a loop whose statements are pipelined.
    package var fastConnections = 2
    /// Connections of a loop that run one statement at a time.
    package var slowConnections = 8
    /// Connections of a loop for statements that failed lately, one at a time.
    package var suspectConnections = 1
    /// How long those rest after a statement has failed again: whoever keeps sending what fails is served at this pace.
    package var suspectRest: Duration = .milliseconds(1)
    /// Connections of a loop that write.
    package var writeConnections = 8
    /// Statements that a pipelined connection gets before another one that is idle gets any, and the time of those that it gets
    /// then: less is not worth the database's waking up twice.
    package var sharedStatements = 2
    package var sharedTime: Duration = .microseconds(300)
    /// Statements of one batch on a pipelined connection.
    package var pipelinedStatements = 32
    /// Whether runs of one statement that wait together become one statement.
    package var mergesReads = true
    /// How long that one may take, by what runs of it have taken.
    package var mergedTime: Duration = .milliseconds(20)
    /// Bytes of each answer of such a statement: what has more is read by itself.
    package var mergedBytes = 1 << 20
    /// Statements of one loop that may wait for a connection, for each lane; more are refused.
    package var queuedStatements = 1024
    /// How often a mutation is run that transactions beside it made give way (deadlocks).
    package var collidingTransactions = 20
    /// Bytes of one answer.
    package var responseBytes = 64 << 20
    /// Bytes of an answer after which a connection is replaced once it is idle: libpq keeps the room it needed.
    package var retainedBytes = 2 << 20
    /// Prepared statements kept by each connection, least recently used first out.
    package var preparedStatements = 500
    /// A statement whose measured time stays below is pipelined.
    package var pipelinedTime: Duration = .milliseconds(5)
    /// How long a pipelined statement may hold up its neighbours before it is cancelled and run by itself.
    package var pipelineStall: Duration = .milliseconds(100)
    /// How long connecting may take.
    package var connectTimeout: Duration = .seconds(10)
    /// How long a cancelled statement has to end before its connection is given up.
    package var cancelTimeout: Duration = .seconds(5)
    /// Between attempts to connect: the first pause, doubled up to the last.
    package var firstPause: Duration = .milliseconds(50)
    package var longestPause: Duration = .seconds(1)
    /// After which the server ends a statement by itself, whatever becomes of the gateway.
    package var statementTimeout: Duration = .seconds(60)
    /// How often deadlines are looked at while statements are under way.
    package var watchInterval: Duration = .milliseconds(10)

    /// Whether a mutation is undone where it would be committed: for trying things out.
    package var discardsWrites = false

    package init() {}
}
