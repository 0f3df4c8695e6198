// What whoever began a subscription is told (GraphQL specification, section 6.2.3 "Subscription"): transports write it in the
// frames of their protocol.
package import Base

/// Told on the loop that the subscription was begun on.
package enum SubscriptionEvent: Sendable {
    /// One execution result, `{"data":…}` with `errors` where there are any. All subscribers of a live query share the bytes.
    case next(ByteBuffer)
    /// Ended by errors; nothing follows.
    case failed([GatewayError])
    /// Ended; nothing follows.
    case completed
}
