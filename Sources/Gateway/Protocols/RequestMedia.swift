// Whether a body is in the one media type that is taken. Browsers send other types (`text/plain`, forms) across sites
// without asking first; this one they never do, which is what keeps foreign pages from posting in a visitor's name.
// https://graphql.github.io/graphql-over-http/draft/#sec-Security
internal import Base
internal import HTTP

enum RequestMedia {
    /// - Throws: what is wrong with the type, or that there is none.
    static func check(_ request: HTTPRequest) throws(GatewayError) {
        guard let type = request.header(named: "content-type") else { throw other }
        // The usual spellings are known by their bytes.
        if type.elementsEqual("application/json".utf8) || type.elementsEqual("application/json; charset=utf-8".utf8) {
            return
        }
        guard let media = MediaRange(type), media.type == "application/json" else { throw other }
        guard media.isUTF8 else {
            throw GatewayError(.badRequest, "The body must be UTF-8: \"Content-Type: application/json\".")
        }
    }

    private static var other: GatewayError {
        GatewayError(.badRequest, "The body must be sent with \"Content-Type: application/json\".")
    }
}
