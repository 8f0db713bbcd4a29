import Glibc
import Sampling
import Testing

/// A directory of a test's own, removed with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let template = try #require(strdup("/tmp/drover-agent-test-XXXXXX"))
        defer { free(template) }
        try #require(mkdtemp(template) != nil)
        path = String(cString: template)
    }

    deinit { Self.remove(path) }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = try #require(fopen("\(path)/\(name)", "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    func read(_ name: String) throws -> [UInt8] { try RootedFiles().read("\(path)/\(name)") }

    func names(_ directory: String = "") throws -> [String] { try RootedFiles().entries(of: "\(path)/\(directory)") }

    private static func remove(_ path: String) {
        if let names = try? RootedFiles().entries(of: path) {
            for name in names { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
