// How long an answer may be kept (RFC 9111 section 4.2.1), within bounds: keys that are withdrawn must not live on for long,
// and nobody is asked all the time.

internal import Base
internal import Outbound

struct KeySetLifetime: Sendable, Hashable {
    let seconds: Int64

    static let bounds: ClosedRange<Int64> = 60...86_400
    private static let unsaid: Int64 = 600

    /// - Parameter now: seconds since 1970.
    init(_ response: OutboundResponse, now: Int64) {
        let stated = Self.stated(response, now: now) ?? Self.unsaid
        seconds = min(max(stated, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// Seconds; `nil` for an answer that says nothing of it.
    static func stated(_ response: OutboundResponse, now: Int64) -> Int64? {
        let age = response.header("Age").flatMap { Int64($0) } ?? 0
        if let control = response.header("Cache-Control") {
            for directive in control.lowercased().split(separator: ",") {
                let parts = directive.split(separator: "=", maxSplits: 1).map { part in
                    String(part.drop { $0 == " " }.prefix { $0 != " " })
                }
                switch parts.first {
                case "no-store", "no-cache": return 0
                case "max-age": return parts.count == 2 ? Int64(parts[1]).map { $0 - age } ?? 0 : 0
                default: continue
                }
            }
        }
        guard let expires = response.header("Expires") else { return nil }
        // Anything that is no date has expired (RFC 9111 section 5.3).
        return Self.seconds(expires).map { $0 - now } ?? 0
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7), in seconds since 1970.
    private static func seconds(_ date: String) -> Int64? {
        let parts = date.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Instant("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z").map { $0.microseconds / 1_000_000 }
    }
}
