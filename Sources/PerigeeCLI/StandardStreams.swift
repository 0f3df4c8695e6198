// Whole lines to standard output and standard error, written at once: whoever waits for a line on a pipe must get it
// now, not when a buffer is full.

internal import Foundation

enum StandardStreams {
    static func write(_ text: String) {
        write(text, to: .standardOutput)
    }

    static func writeError(_ text: String) {
        write(text, to: .standardError)
    }

    /// A reader that has gone is no reason to stop serving.
    private static func write(_ text: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data((text + "\n").utf8))
    }
}
