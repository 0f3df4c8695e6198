// Documents that clients have sent with their hash, by it: bounded by bytes. Two generations stand for the least recently
// used: what is asked for moves to the young one, and when that is full, the old one is dropped whole.

struct PersistedDocuments: Sendable {
    private var young: [DocumentDigest: [UInt8]] = [:]
    private var old: [DocumentDigest: [UInt8]] = [:]
    private var youngBytes = 0
    private var oldBytes = 0
    /// Bytes of one generation.
    private let generationBytes: Int

    /// What an entry takes besides its text.
    static let overhead = 128

    /// - Parameter bytes: the most that texts and their entries ever take.
    init(bytes: Int) {
        generationBytes = bytes / 2
    }

    var count: Int { young.count + old.count }
    /// Texts and entries.
    var bytes: Int { youngBytes + oldBytes }

    mutating func text(_ digest: DocumentDigest) -> [UInt8]? {
        if let text = young[digest] { return text }
        guard let text = old.removeValue(forKey: digest) else { return nil }
        oldBytes -= text.count + Self.overhead
        insert(text, digest)
        return text
    }

    /// Keeps a text, unless it is larger than a generation.
    mutating func insert(_ text: [UInt8], _ digest: DocumentDigest) {
        let size = text.count + Self.overhead
        guard size <= generationBytes, young[digest] == nil else { return }
        if let copy = old.removeValue(forKey: digest) { oldBytes -= copy.count + Self.overhead }
        if youngBytes + size > generationBytes {
            old = young
            oldBytes = youngBytes
            young = [:]
            youngBytes = 0
        }
        young[digest] = text
        youngBytes += size
    }
}
