// Which of the two media types an answer has, and what a status code means under it (GraphQL over HTTP, sections "Accept"
// and "Status Codes"). https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes
internal import Base
internal import HTTP

enum ResponseMedia: Sendable {
    /// A well-formed request is answered with 200, whatever came of it.
    case json
    /// The status tells what came of the request.
    case graphQLResponse

    /// `nil` when the request accepts neither.
    init?(_ request: HTTPRequest) {
        guard let accept = request.header(named: "accept") else {
            self = .json
            return
        }
        // What most clients send is known by its bytes.
        if accept.elementsEqual("*/*".utf8) || accept.elementsEqual("application/json".utf8) {
            self = .json
            return
        }
        var ranges: [MediaRange] = []
        request.forEachHeader { name, value in
            if String(decoding: name, as: UTF8.self).lowercased() == "accept" { ranges += MediaRange.list(value) }
        }
        guard let media = Self.choose(ranges) else { return nil }
        self = media
    }

    /// The type of the greater weight; of two equal ones that which is named more exactly, then that which is named first.
    private static func choose(_ ranges: [MediaRange]) -> ResponseMedia? {
        let plain = preference(for: "application/json", in: ranges)
        let own = preference(for: "application/graphql-response+json", in: ranges)
        switch (plain, own) {
        case (nil, nil): return nil
        case (.some, nil): return .json
        case (nil, .some): return .graphQLResponse
        case (let plain?, let own?): return plain.isBefore(own) ? .json : .graphQLResponse
        }
    }

    private struct Preference {
        let weight: Int
        /// 2: by its name; 1: by `application/*`; 0: by `*/*`.
        let exactness: Int
        let position: Int

        func isBefore(_ other: Preference) -> Bool {
            if weight != other.weight { return weight > other.weight }
            if exactness != other.exactness { return exactness > other.exactness }
            return position <= other.position
        }
    }

    /// How much a type is wanted: the most exact range that covers it decides. `nil`: not at all.
    private static func preference(for type: String, in ranges: [MediaRange]) -> Preference? {
        var best: Preference?
        for (position, range) in ranges.enumerated() where range.isUTF8 {
            let exactness: Int
            switch range.type {
            case type: exactness = 2
            case "application/*": exactness = 1
            case "*/*": exactness = 0
            default: continue
            }
            if let best, best.exactness >= exactness { continue }
            best = Preference(weight: range.weight, exactness: exactness, position: position)
        }
        guard let best, best.weight > 0 else { return nil }
        return best
    }

    var contentType: ContentType {
        switch self {
        case .json: .json
        case .graphQLResponse: .graphQLResponse
        }
    }

    func status(of code: ErrorCode) -> HTTPStatus {
        switch self {
        case .json: .ok
        case .graphQLResponse:
            switch code.status {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 405: .methodNotAllowed
            case 503: .serviceUnavailable
            case 504: .gatewayTimeout
            default: .internalServerError
            }
        }
    }
}
