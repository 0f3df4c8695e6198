internal import Base
// The last look at an answer before it is sent, whatever made it: headers for browsers, compression, times, the access log.
package import HTTP
internal import Metadata
package import Reactor
internal import Transport

package struct ResponseFinish: ResponseFinisher {
    private let served: ServedProject
    private let accessLog: LineLog?

    /// - Parameter accessLog: gets a line for each answer.
    package init(_ served: ServedProject, accessLog: LineLog? = nil) {
        self.served = served
        self.accessLog = accessLog
    }

    package func begin(_ request: inout HTTPRequest, at now: MonotonicInstant) {
        guard accessLog != nil || served.takesTimes else { return }
        request.note = RequestNote(begun: now.nanoseconds)
    }

    package func finish(_ response: inout HTTPResponse, to request: HTTPRequest) {
        let now = request.note == nil ? nil : MonotonicInstant.now.nanoseconds
        if served.finishesAnswers { served.edition.finish.apply(to: &response, request, now: now) }
        guard let accessLog else { return }
        var line = AccessLine(at: SystemClock.now())
        line.request(request)
        line.answer(response.status.code, bytes: request.method == .head ? 0 : response.body.count)
        if let note = request.note, let now { line.note(note, now: now) }
        accessLog.write(line.finished())
    }

    package func refused(_ response: HTTPResponse) {
        guard let accessLog else { return }
        var line = AccessLine(at: SystemClock.now())
        line.answer(response.status.code, bytes: response.body.count)
        accessLog.write(line.finished())
    }
}

/// What an edition's configuration adds to answers.
struct AnswerFinish: Sendable {
    let cors: CORSPolicy?
    private let compression: CompressionConfiguration?
    private let compressor: BodyCompressor?
    /// Whether a browser may hold credentials that it adds by itself.
    private let hasCookies: Bool
    let takesTimes: Bool

    init(_ configuration: ProjectConfiguration) {
        let server = configuration.server
        cors = server.cors.map { CORSPolicy($0) }
        compression = server.compression
        compressor = server.compression.map { BodyCompressor(level: $0.level) }
        hasCookies = configuration.auth.cookie != nil
        takesTimes = server.serverTiming
    }

    var isIdle: Bool { cors == nil && compression == nil && !takesTimes }

    /// - Parameter now: nanoseconds of the monotonic clock, where the request is noted.
    func apply(to response: inout HTTPResponse, _ request: HTTPRequest, now: Int64?) {
        var varies: [String] = []
        if let cors {
            cors.apply(to: &response, request)
            if cors.variesByOrigin { varies.append("Origin") }
        }
        if compress(&response, request) { varies.append("Accept-Encoding") }
        if !varies.isEmpty { response.headers.append(HTTPHeader("Vary", varies.joined(separator: ", "))) }
        if takesTimes, let note = request.note, let now { response.headers.append(Self.times(note, now)) }
    }

    // MARK: Compression

    /// - Returns: whether the answer would be another one for a client that accepts other codings.
    private func compress(_ response: inout HTTPResponse, _ request: HTTPRequest) -> Bool {
        guard let compression, let compressor, response.body.count >= compression.threshold,
            response.body.count <= compression.maximum, Self.isText(response.contentType)
        else { return false }
        // Who can make a browser send what it likes, and see how long the answer is, could guess what else stands in it
        // (https://www.breachattack.com). A token in a header is sent by nobody but its owner's page; a cookie is.
        if hasCookies, request.header(named: "cookie") != nil { return true }
        guard let coding = ContentCoding.choose(for: request),
            let packed = compressor.compress(response.body, coding)
        else { return true }
        response.body = packed
        response.headers.append(HTTPHeader("Content-Encoding", coding.rawValue))
        return true
    }

    private static func isText(_ type: ContentType?) -> Bool {
        switch type {
        case .json, .graphQLResponse, .html, .text: true
        case .other, nil: false
        }
    }

    // MARK: Times, https://www.w3.org/TR/server-timing/

    private static func times(_ note: RequestNote, _ now: Int64) -> HTTPHeader {
        var value = ByteBuffer(capacity: 96)
        var begun = note.begun
        for stage in note.stages {
            value.append(stage.name)
            value.append(";dur=")
            value.append(milliseconds: stage.end - begun)
            value.append(", ")
            begun = stage.end
        }
        if !note.stages.isEmpty {
            value.append("execute;dur=")
            value.append(milliseconds: now - begun)
            value.append(", ")
        }
        value.append("total;dur=")
        value.append(milliseconds: now - note.begun)
        return HTTPHeader("Server-Timing", value.text)
    }
}
