import Foundation
import ProgramSupport
import Testing

/// A disk that is soon full.
final class SmallDisk: Sendable {
    private let folder: String

    init(in scratch: Scratch, named name: String, mebibytes: Int) throws {
        let folder = try scratch.folder(name).path
        try #require(
            mount("tmpfs", folder, "tmpfs", 0, "size=\(mebibytes)m") == 0, "\(String(cString: strerror(errno)))")
        self.folder = folder
    }

    deinit { umount2(folder, Int32(MNT_DETACH)) }

    func fill() throws {
        let file = try #require(fopen("\(folder)/rest", "w"))
        let block = [UInt8](repeating: 0x5A, count: 4096)
        while fwrite(block, 1, block.count, file) == block.count, fflush(file) == 0 {}
        fclose(file)
    }

    func empty() throws { try FileManager.default.removeItem(atPath: "\(folder)/rest") }
}
