// The lexer: tokens follow one another inside the source and end with the end; leaving out what is ignored changes no
// token, and leaving it out twice changes nothing more.

internal import GraphQL

enum LexerProperties {
    private struct Lexeme: Equatable {
        let kind: TokenKind
        let value: String?
    }

    static func check(_ input: [UInt8]) -> FuzzTarget.Outcome {
        var signature = Signature()
        var lexemes: [Lexeme] = []
        do throws(GraphQLError) {
            lexemes = try lex(input, &signature)
        } catch {
            signature.add(message: error.message)
            return FuzzTarget.Outcome(problem: locationProblem(error, input), signature: signature.value)
        }
        return FuzzTarget.Outcome(problem: problem(lexemes, input), signature: signature.value)
    }

    private static func problem(_ lexemes: [Lexeme], _ input: [UInt8]) -> String? {
        do throws(GraphQLError) {
            let stripped = try IgnoredCharacters.strip(input)
            if try IgnoredCharacters.strip(stripped) != stripped { return "stripping is not stable" }
            var signature = Signature()
            let again = try lex(stripped, &signature)
            return again == lexemes.filter { $0.kind != .comment } ? nil : "stripping changes tokens"
        } catch {
            return "stripping fails where lexing does not: \(error.message)"
        }
    }

    private static func locationProblem(_ error: GraphQLError, _ input: [UInt8]) -> String? {
        guard error.locations.count == 1 else { return "an error without a place" }
        return nil
    }

    private static func lex(_ input: [UInt8], _ signature: inout Signature) throws(GraphQLError) -> [Lexeme] {
        var lexer = Lexer()
        var lexemes: [Lexeme] = []
        var end = 0
        while true {
            let token = try lexer.nextWithComments(input.span)
            precondition(token.range.lowerBound >= end && token.range.upperBound <= input.count, "a token out of place")
            end = token.range.upperBound
            if lexemes.count < 24 { signature.add(message: token.kind.text) }
            lexemes.append(Lexeme(kind: token.kind, value: token.value(in: input.span)))
            if case .endOfFile = token.kind { return lexemes }
        }
    }
}
