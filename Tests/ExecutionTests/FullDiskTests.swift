import Foundation
import Testing

/// The journal on a file system of 16 MiB that is filled up during the run; that takes the right to mount one.
@Suite("A disk that is really full", .serialized)
struct FullDiskTests {
    @Test(
        "what runs is followed to its end, the message says why, and the run goes on when there is room again",
        .enabled(if: SmallDisk.canBeMade, "needs the right to mount a tmpfs"))
    func fullDisk() async throws {
        let disk = try SmallDisk()
        defer { disk.remove() }
        let round = try await HarnessRound(seed: 3, speed: 200, store: disk.path + "/store")
        async let ending = round.execute()
        // Filled when the platform has begun something.
        let record = round.folder.path + "/record"
        for _ in 0..<3000 {
            if isWritten(record) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        try disk.fill()
        let end = try await ending
        #expect(end.status == 1 && !end.isKilled)
        #expect(
            end.output.contains("the journal cannot be written") && end.output.contains("disk is full")
                && end.output.contains("can be resumed"), "\(end.output)")
        // Still full: nothing is begun now either, and nothing is lost.
        let again = try await round.execute()
        #expect(again.status == 1, "\(again.output)")
        try disk.makeRoom()
        let last = try await round.execute()
        #expect(last.status == 0 && last.output.hasPrefix("completed"), "\(last.output)")
        try await round.judge()
    }

    private func isWritten(_ path: String) -> Bool {
        (FileManager.default.contents(atPath: path)?.count ?? 0) > 0
    }
}

/// A file system in memory of its own.
struct SmallDisk {
    let path: String

    /// Whether this process may mount one: tried, not guessed.
    static let canBeMade: Bool = {
        guard let disk = try? SmallDisk() else { return false }
        disk.remove()
        return true
    }()

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/drover-disk-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=16m") == 0 else {
            let code = errno
            try FileManager.default.removeItem(atPath: path)
            throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EPERM)
        }
    }

    func remove() {
        umount(path)
        rmdir(path)
    }

    /// Takes all room that is left.
    func fill() throws {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw POSIXError(.ENOSPC) }
        defer { close(descriptor) }
        var size = 1 << 20
        while size > 0 {
            let block = [UInt8](repeating: 0, count: size)
            if write(descriptor, block, size) < size { size /= 4 }
        }
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: path + "/filler") }
}
