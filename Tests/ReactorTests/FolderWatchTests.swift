// What inotify tells of watched folders: names that matter, and no others.
import Base
import Foundation
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite
struct FolderWatchTests {
    private final class Changes: Sendable {
        let count = Atomic(0)
    }

    @Test func `names that matter are told of, others are not`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("1", to: "known")
        let loop = try EventLoop(name: "folders")
        let changes = Changes()
        let watch = try FolderWatch(on: loop) { changes.count.add(1, ordering: .relaxed) }
        await loop.task {
            do { try watch.watch([folder.url.path: .some(["known", "later"]), "/nowhere": .all]) } catch {
                Issue.record("\(error)")
            }
        }.value

        /// How often it was told, once all that has happened was seen: the last change is one that matters.
        func told(_ change: () throws -> Void) async throws -> Int {
            let before = changes.count.load(ordering: .relaxed)
            try change()
            let end = ContinuousClock.now + .milliseconds(500)
            while changes.count.load(ordering: .relaxed) == before, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(5))
            }
            return changes.count.load(ordering: .relaxed) - before
        }
        #expect(try await told { try folder.write("2", to: "known") } > 0)
        #expect(try await told { try folder.write("1", to: "other") } == 0)
        #expect(try await told { folder.rename("other", to: "later") } > 0)
        #expect(try await told { try FileManager.default.removeItem(atPath: folder.path("known")) } > 0)
        #expect(
            try await told {
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("later"))
            } > 0)

        await loop.task { do { try watch.watch([folder.url.path: .all]) } catch { Issue.record("\(error)") } }.value
        #expect(try await told { try folder.write("1", to: "anything") } > 0)
        await loop.task { do { try watch.watch([:]) } catch { Issue.record("\(error)") } }.value
        #expect(try await told { try folder.write("2", to: "anything") } == 0)
        await loop.task { watch.close() }.value
        loop.stop()
    }

    @Test func `a folder that is moved away or removed is told of`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("1", to: "a/file")
        let loop = try EventLoop(name: "folders")
        let changes = Changes()
        let watch = try FolderWatch(on: loop) { changes.count.add(1, ordering: .relaxed) }
        await loop.task { do { try watch.watch([folder.path("a"): .some(["x"])]) } catch { Issue.record("\(error)") } }
            .value
        folder.rename("a", to: "b")
        let end = ContinuousClock.now + .seconds(5)
        while changes.count.load(ordering: .relaxed) == 0, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(changes.count.load(ordering: .relaxed) > 0)
        await loop.task { watch.close() }.value
        loop.stop()
    }
}
