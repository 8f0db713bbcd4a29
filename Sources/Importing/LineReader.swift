import Glibc

/// Reads a file line by line in bounded memory. Lines end in LF or CRLF; a byte-order mark at the begin is left out.
struct LineReader: ~Copyable {
    /// Longer lines are no rows of anything that is imported: the reader gives up instead of growing.
    static let longestLine = 1 << 20

    private let descriptor: Int32
    private let path: String
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var start = 0
    private var end = 0
    private var atEnd = false
    /// The number of the line that was read last, from 1.
    private(set) var line = 0
    /// Bytes of the file that were taken so far.
    private(set) var consumedBytes = 0

    init(path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        guard descriptor >= 0 else { throw ImportError("\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Calls back with the next line's bytes, without its end; false after the last.
    mutating func next(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws -> Bool {
        while true {
            if let length = lengthOfLine() {
                try hand(length, skipping: length + 1, to: body)
                return true
            }
            if atEnd {
                guard start < end else { return false }
                try hand(end - start, skipping: end - start, to: body)
                return true
            }
            try fill()
        }
    }

    private func lengthOfLine() -> Int? {
        buffer.withUnsafeBufferPointer { bytes -> Int? in
            guard let base = bytes.baseAddress, start < end,
                let found = memchr(base + start, 10, end - start)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base + start)
        }
    }

    private mutating func hand(
        _ length: Int, skipping: Int, to body: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        line += 1
        var first = start
        var last = start + length
        start += skipping
        consumedBytes += skipping
        if line == 1, last - first >= 3, buffer[first] == 0xEF, buffer[first + 1] == 0xBB, buffer[first + 2] == 0xBF {
            first += 3
        }
        if last > first, buffer[last - 1] == 13 { last -= 1 }
        try buffer.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[first..<last])) }
    }

    private mutating func fill() throws {
        if start > 0 {
            buffer.replaceSubrange(0..<end - start, with: Array(buffer[start..<end]))
            end -= start
            start = 0
        }
        if end == buffer.count {
            guard buffer.count < Self.longestLine else {
                throw ImportError("\(path):\(line + 1): the line is longer than \(Self.longestLine) bytes")
            }
            buffer += [UInt8](repeating: 0, count: buffer.count)
        }
        let got = buffer.withUnsafeMutableBytes { bytes in
            read(descriptor, bytes.baseAddress.map { $0 + end }, bytes.count - end)
        }
        guard got >= 0 else { throw ImportError("\(path): \(String(cString: strerror(errno)))") }
        atEnd = got == 0
        end += got
    }
}
