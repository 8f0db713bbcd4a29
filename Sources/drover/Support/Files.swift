import Glibc

/// Reading whole files and writing them in one stroke.
enum Files {
    /// Documents beyond this are refused: 100,000 VMs with weekly profiles take less than half of it.
    private static let largestBytes = 1 << 30

    /// The bytes of a file, or of the standard input when it is called `-`.
    static func read(_ path: String) throws -> [UInt8] {
        if path == "-" { return try read(STDIN_FILENO, named: name(of: path)) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path): cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        return try read(descriptor, named: path)
    }

    /// How messages call a file.
    static func name(of path: String) -> String { path == "-" ? "<stdin>" : path }

    private static func read(_ descriptor: Int32, named name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure("\(name): cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= largestBytes else { throw Failure("\(name): larger than \(largestBytes) bytes") }
        }
    }

    /// Puts a file in place whole or not at all: written beside it, made durable, renamed.
    static func write(_ text: String, to path: String) throws {
        try writeInParts(to: path) { try $0(text) }
    }

    /// The same for text that comes in parts.
    static func writeInParts(to path: String, _ body: ((String) throws -> Void) throws -> Void) throws {
        let temporary = "\(path).new-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure("\(path): cannot be written: \(reason)") }
        do {
            defer { close(descriptor) }
            try body { try Terminal.write(Array($0.utf8), to: descriptor, named: path) }
            guard fsync(descriptor) == 0 else { throw Failure("\(path): cannot be written: \(reason)") }
            guard rename(temporary, path) == 0 else { throw Failure("\(path): cannot be written: \(reason)") }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The running program's own file; empty when the system does not tell.
    static func program() -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink("/proc/self/exe", $0.assumingMemoryBound(to: CChar.self), bytes.count) }
                ?? 0
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }

    static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Who runs the program, for approvals and the journal.
    static func operatorName() -> String {
        if let name = variable("SUDO_USER") ?? variable("USER") ?? variable("LOGNAME") { return name }
        guard let entry = getpwuid(getuid()) else { return "uid \(getuid())" }
        return String(cString: entry.pointee.pw_name)
    }
}
