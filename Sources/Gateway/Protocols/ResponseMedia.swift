// Which media types a request takes its answer in, and what a status code means under each (GraphQL over HTTP, sections
// "Accept" and "Status Codes"). https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes
internal import Base
internal import HTTP

/// Of an answer that is one result.
enum ResponseMedia: Sendable {
    /// A well-formed request is answered with 200, whatever came of it.
    case json
    /// The status tells what came of the request.
    case graphQLResponse

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

/// Of an answer that is a stream of results.
enum StreamMedia: Sendable {
    case eventStream
    case multipart

    var format: any ResultStreamFormat {
        switch self {
        case .eventStream: GraphQLOverEventStream()
        case .multipart: GraphQLOverMultipart()
        }
    }
}

/// What `Accept` says; at least one of the two is there.
struct AcceptedMedia: Sendable {
    /// `nil` where one result is taken as a stream of one, too.
    let single: ResponseMedia?
    /// `nil` where subscriptions cannot be answered. Only asked for by name: who takes anything does not expect it.
    let stream: StreamMedia?
    /// Whether a stream is wanted even for one result.
    let prefersStream: Bool

    /// `nil` when the request accepts nothing that is answered.
    init?(_ request: HTTPRequest) {
        guard let accept = request.header(named: "accept") else {
            self.init(.json)
            return
        }
        // What most clients send is known by its bytes.
        if accept.elementsEqual("*/*".utf8) || accept.elementsEqual("application/json".utf8),
            request.headerCount(named: "accept") == 1
        {
            self.init(.json)
            return
        }
        var ranges: [MediaRange] = []
        request.forEachHeader { name, value in
            if String(decoding: name, as: UTF8.self).lowercased() == "accept" { ranges += MediaRange.list(value) }
        }
        self.init(ranges)
    }

    private init(_ single: ResponseMedia) {
        self.single = single
        stream = nil
        prefersStream = false
    }

    private init?(_ ranges: [MediaRange]) {
        let single = Self.preferred(
            (Self.preference(for: "application/json", in: ranges), ResponseMedia.json),
            (Self.preference(for: "application/graphql-response+json", in: ranges), .graphQLResponse))
        let stream = Self.preferred(
            (Self.eventStream(in: ranges), StreamMedia.eventStream), (Self.multipart(in: ranges), .multipart))
        if single == nil, stream == nil { return nil }
        self.single = single?.media
        self.stream = stream?.media
        prefersStream =
            switch (single, stream) {
            case (nil, _): true
            case (_, nil): false
            // Who asks for multipart asks for subscriptions: their clients name it before what queries are answered in.
            case (_, (_, .multipart)?): false
            case (let single?, let stream?): !single.preference.isBefore(stream.preference)
            }
    }

    /// What an error is written in before anything is streamed.
    var errors: ResponseMedia { single ?? .graphQLResponse }

    // MARK: Choosing

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

    /// The type of the greater weight; of two equal ones that which is named more exactly, then that which is named first.
    private static func preferred<Media>(
        _ first: (Preference?, Media), _ second: (Preference?, Media)
    ) -> (preference: Preference, media: Media)? {
        switch (first.0, second.0) {
        case (nil, nil): nil
        case (let preference?, nil): (preference, first.1)
        case (nil, let preference?): (preference, second.1)
        case (let one?, let other?): one.isBefore(other) ? (one, first.1) : (other, second.1)
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

    private static func eventStream(in ranges: [MediaRange]) -> Preference? {
        named(in: ranges) { $0.type == "text/event-stream" && $0.isUTF8 }
    }

    /// Other parameters (`deferSpec`) ask for other things.
    private static func multipart(in ranges: [MediaRange]) -> Preference? {
        named(in: ranges) {
            $0.type == "multipart/mixed" && $0["subscriptionspec"] == GraphQLOverMultipart.specification
        }
    }

    private static func named(in ranges: [MediaRange], _ isMeant: (MediaRange) -> Bool) -> Preference? {
        guard let position = ranges.firstIndex(where: { isMeant($0) && $0.weight > 0 }) else { return nil }
        return Preference(weight: ranges[position].weight, exactness: 2, position: position)
    }
}
