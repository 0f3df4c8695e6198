// The slow way of an answer: something failed, and what did not is still to be told (GraphQL specification, section 6.4.4
// "Handling Execution Errors"; docs/decisions/0010-errors-of-fields.md). Reads of several sources fail each by themselves;
// several root fields of one source are one statement, so they are asked one by one to find out which of them fails.
internal import Base
internal import Connectors
internal import GraphQL
internal import Metadata

/// What came of a statement.
enum StatementOutcome {
    case rows(Rows)
    /// All of its root fields fail for this.
    case failed(GatewayError)
    /// One for each of its root fields: its rows, of one cell; `nil` for one that was not asked any more.
    case each([Result<Rows, GatewayError>?])
}

extension PlanExecutor {
    func partialResponse(
        _ operation: PreparedOperation, _ results: [Result<Rows, ConnectorError>], _ context: ExecutionContext
    ) async -> GraphQLResponse {
        var outcomes: [StatementOutcome] = []
        for (index, result) in results.enumerated() {
            switch result {
            case .success(let rows): outcomes.append(.rows(rows))
            case .failure(let error):
                let statement = operation.statements[index]
                if error.isOfTheSource || statement.lowered.cellCount == 1 {
                    outcomes.append(.failed(GatewayError(error)))
                } else {
                    outcomes.append(.each(await askEach(statement, operation, context)))
                }
            }
        }
        return partialResponse(operation, outcomes, context)
    }

    /// Asks for the root fields of a statement one by one. Where none of them may be null, the first failure decides.
    private func askEach(
        _ statement: PreparedOperation.Statement, _ operation: PreparedOperation, _ context: ExecutionContext
    ) async -> [Result<Rows, GatewayError>?] {
        let binder = binder(context)
        let connector = connectors[statement.source.index]
        let roots = CompletedField.roots(of: context.operation, context.variables)
        let allMatter = operation.members.contains { member in
            member.isRead(of: statement, in: operation) && !(roots.field(member.responseKey)?.type.isNonNull ?? true)
        }
        var answers: [Result<Rows, GatewayError>?] = []
        var goesOn = true
        for read in statement.alone({ connector.lower([$0], catalog: operation.catalog) }) {
            guard goesOn else {
                answers.append(nil)
                continue
            }
            do throws(GatewayError) {
                let values = try binder.bind(read.values)
                do throws(ConnectorError) {
                    let rows = try await connector.execute(
                        read.lowered, values: values, on: context.loop, deadline: context.deadline)
                    answers.append(.success(opened(rows, read)))
                } catch {
                    throw GatewayError(error)
                }
            } catch {
                answers.append(.failure(error))
                goesOn = allMatter
            }
        }
        return answers
    }

    /// Every root field with its value or its error, and null where the type system wants it.
    func partialResponse(
        _ operation: PreparedOperation, _ outcomes: [StatementOutcome], _ context: ExecutionContext
    ) -> GraphQLResponse {
        let roots = CompletedField.roots(of: context.operation, context.variables)
        var completion = ResultCompletion(errorLimit: errorLimit)
        var data = ByteBuffer("{")
        var isNull = false
        for (index, member) in operation.members.enumerated() {
            guard let field = roots.field(member.responseKey) else { continue }
            if index > 0 { data.append(UInt8(ascii: ",")) }
            data.append(contentsOf: member.key)
            let start = data.count
            var isComplete: Bool
            do throws(GatewayError) {
                let value = try value(member.content, outcomes, context)
                isComplete = completion.complete(field, value.span, into: &data)
                if isComplete, data.count > responseLimit { throw tooLarge }
            } catch {
                data.truncate(to: start)
                isComplete = completion.fail(field, error, into: &data)
            }
            if !isComplete { isNull = true }
        }
        data.append(UInt8(ascii: "}"))
        let errors = completion.errors
        // Root fields that fail together may all be well when they are asked one by one.
        guard !errors.isEmpty else {
            var body = ByteBuffer("{\"data\":")
            body.append(contentsOf: data)
            body.append(UInt8(ascii: "}"))
            return GraphQLResponse(complete: body)
        }
        return GraphQLResponse(partial: isNull ? nil : data, errors, internals: context.caller.kind == .admin)
    }

    /// The value of a root field as its source gave it.
    private func value(
        _ content: PreparedOperation.Content, _ outcomes: [StatementOutcome], _ context: ExecutionContext
    ) throws(GatewayError) -> [UInt8] {
        switch content {
        case .constant(let bytes): return bytes
        case .written: return Array("null".utf8)
        case .introspection(let field):
            var buffer = ByteBuffer()
            try write(field, context, &buffer)
            return buffer.bytes
        case .cell(let statement, let index):
            let (rows, cell) = try cell(index, of: outcomes[statement])
            return rows?.cells[cell].flatMap { rows?.bytes[$0] }.map { Array($0) } ?? Array("null".utf8)
        case .connection(let statement, let index, let connection):
            let (rows, cell) = try cell(index, of: outcomes[statement])
            guard let rows, let range = rows.cells[cell] else { return Array("null".utf8) }
            // More rows than the limit: there is no page to make.
            if rows.bytes[range].first == FailureMark.byte { return Array(rows.bytes[range]) }
            var buffer = ByteBuffer()
            try write(connection, rows, cell, context, &buffer)
            return buffer.bytes
        }
    }

    private func cell(_ index: Int, of outcome: StatementOutcome) throws(GatewayError) -> (Rows?, Int) {
        switch outcome {
        case .rows(let rows): return (rows, index)
        case .failed(let error): throw error
        case .each(let results):
            switch results[index] {
            case .success(let rows): return (rows, 0)
            case .failure(let error): throw error
            case nil: return (nil, 0)
            }
        }
    }

    // MARK: Mutations

    /// Everything was taken back, so there is no data; the error stands at the field that failed.
    func refusal(
        _ operation: PreparedOperation, _ failure: WriteFailure, _ context: ExecutionContext
    ) -> GraphQLResponse {
        let places = operation.mutation?.lowered.places ?? []
        let roots = CompletedField.roots(of: context.operation, context.variables)
        var errors: [GatewayError] = []
        for member in operation.members {
            guard case .written(let number) = member.content, let root = roots.field(member.responseKey),
                failure.position.map({ $0.write == number }) ?? true
            else { continue }
            var error = GatewayError(failure, places: places)
            let path = failure.position?.path ?? []
            error.path = [.field(member.responseKey)] + path
            error.locations = root.field(at: path).nodes.map(\.location)
            errors.append(error)
        }
        if errors.isEmpty { errors = [GatewayError(failure, places: places)] }
        return GraphQLResponse(partial: nil, errors, internals: context.caller.kind == .admin)
    }
}

extension [CompletedField] {
    fileprivate func field(_ responseKey: String) -> CompletedField? { first { $0.responseKey == responseKey } }
}

extension PreparedOperation.Member {
    fileprivate func isRead(of statement: PreparedOperation.Statement, in operation: PreparedOperation) -> Bool {
        switch content {
        case .cell(let number, _), .connection(let number, _, _): operation.statements[number] === statement
        case .written, .constant, .introspection: false
        }
    }
}
