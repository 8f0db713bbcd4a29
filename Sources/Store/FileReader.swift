import Glibc

/// A file's first bytes, by the C library: no more is needed before SQLite may touch it.
struct FileReader: ~Copyable {
    private let descriptor: Int32

    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { _ = Glibc.close(descriptor) }

    func bytes(upTo count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let got = Glibc.read(descriptor, buffer.baseAddress, count)
            initialized = Swift.max(0, got)
        }
    }

    static func isMissing(path: String) -> Bool {
        access(path, F_OK) != 0 && errno == ENOENT
    }
}
