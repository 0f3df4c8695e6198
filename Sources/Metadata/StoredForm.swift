// How a column's values are kept by rules (`hash`, `encrypt`), in place of what is written (rules of the API, section 4).

package enum StoredForm: Sendable, Hashable {
    /// HMAC-SHA-256 with a key of the column's own: the same text is the same hash.
    case hashed
    /// AES-256-GCM with a key of the column's own: only the gateway shows it, to whom `decrypt` allows.
    case encrypted
    /// The text as it is, in a column whose values are otherwise encrypted; encrypted all the same if it looks like ciphertext.
    case clear
}
