// Comparison of secrets whose time tells nothing about where they differ, nor about the length of ours.

/// Whether `presented` equals `secret`; takes as long as `presented` is long. An empty secret equals nothing.
func equalsInConstantTime(_ presented: [UInt8], _ secret: [UInt8]) -> Bool {
    guard !secret.isEmpty else { return false }
    var difference = presented.count ^ secret.count
    for index in presented.indices {
        difference |= Int(presented[index] ^ secret[index % secret.count])
    }
    return difference == 0
}
