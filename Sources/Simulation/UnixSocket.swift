internal import Glibc

/// What went wrong with a socket or file of the simulator.
public struct SocketError: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String

    public var description: String { message }

    init(_ what: String, errno code: Int32) {
        message = "\(what): \(String(cString: strerror(code)))"
    }

    init(_ what: String) { message = what }
}

/// Blocking Unix domain sockets. Callers see to it that no thread of Swift's pool waits here.
enum UnixSocket {
    /// Listens at a path; a socket file that nobody listens at any more is replaced, one in use is an error.
    static func listen(path: String) throws(SocketError) -> Int32 {
        if let existing = try? connect(path: path) {
            close(existing)
            throw SocketError("socket \(path) is in use by another simulator")
        }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw SocketError("\(path) exists and is no socket; it was left alone")
            }
            unlink(path)
        }
        let descriptor = try make()
        let result = try withAddress(path) { Glibc.bind(descriptor, $0, $1) }
        guard result == 0, Glibc.listen(descriptor, 16) == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError("cannot listen at \(path)", errno: code)
        }
        return descriptor
    }

    static func connect(path: String) throws(SocketError) -> Int32 {
        let descriptor = try make()
        let result = try withAddress(path) { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError("cannot connect to \(path)", errno: code)
        }
        return descriptor
    }

    /// Limits how long reads and writes wait.
    static func setTimeout(_ descriptor: Int32, seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Sends everything. `false`: the other side is gone or too slow.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = buffer[sent...]
                return Glibc.send(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Reads what is there, at least one byte; empty: the other side is gone or silent for too long.
    static func receive(from descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return Array(buffer.prefix(max(0, count)))
        }
    }

    private static func make() throws(SocketError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError("no socket", errno: errno) }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(SocketError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room, !bytes.isEmpty, !bytes.contains(0) else {
            throw SocketError("a socket's path has 1 to \(room - 1) bytes, \(path) has \(bytes.count)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Takes whole lines off the front of what has arrived.
struct LineBuffer: Sendable {
    /// An inventory of 10,000 VMs takes about 3 MiB.
    static let largestLine = 64 << 20

    private var bytes: [UInt8] = []
    private var scanned = 0

    mutating func append(_ more: [UInt8]) { bytes += more }

    /// Whether no line of an allowed length can come any more.
    var isOverfull: Bool { bytes.count > Self.largestLine }

    mutating func nextLine() -> [UInt8]? {
        guard let end = bytes[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = bytes.count
            return nil
        }
        let line = Array(bytes[..<end])
        bytes.removeSubrange(...end)
        scanned = 0
        return line
    }
}
