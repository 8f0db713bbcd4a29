import Foundation
import Glibc

/// A small HTTP/1.1 client for tests: one request a connection, to a port of this machine.
public struct LoopbackClient: Sendable {
    public struct Answer: Sendable {
        public var status: Int
        public var head: String
        public var body: String
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    public let port: Int

    public init(port: Int) { self.port = port }

    public func get(_ path: String, token: String? = nil) async throws -> Answer {
        try await beside { try request("GET", path, token: token, contentType: nil, body: []) }
    }

    public func post(
        _ path: String, _ body: [UInt8], contentType: String = "application/x-protobuf", token: String? = nil
    ) async throws -> Answer {
        try await beside { try request("POST", path, token: token, contentType: contentType, body: body) }
    }

    /// On a thread of its own: a test that blocked one of Swift's pool would keep the server that it asks from
    /// answering.
    private func beside(_ body: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    private func request(
        _ method: String, _ path: String, token: String?, contentType: String?, body: [UInt8]
    ) throws -> Answer {
        let descriptor = try connected()
        defer { close(descriptor) }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        head += "Content-Length: \(body.count)\r\n"
        if let contentType { head += "Content-Type: \(contentType)\r\n" }
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        send(Array((head + "\r\n").utf8) + body, to: descriptor)
        return try answer(to: "\(method) \(path)", from: descriptor)
    }

    private func connected() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw Failure(description: "port \(port): \(String(cString: strerror(errno)))")
        }
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    /// A server may refuse a body before it has read it: what could not be sent is no failure.
    private func send(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func answer(to question: String, from descriptor: Int32) throws -> Answer {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else {
            throw Failure(description: "\(question): no answer in HTTP: \(text.prefix(100))")
        }
        guard let gap = Self.gap(in: bytes) else { return Answer(status: status, head: text, body: "") }
        return Answer(
            status: status, head: String(decoding: bytes[..<gap], as: UTF8.self),
            body: String(decoding: bytes[(gap + 4)...], as: UTF8.self))
    }

    private static func gap(in bytes: [UInt8]) -> Int? {
        let mark: [UInt8] = [13, 10, 13, 10]
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { Array(bytes[$0..<$0 + 4]) == mark }
    }
}
