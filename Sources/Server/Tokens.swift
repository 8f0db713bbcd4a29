import Glibc

/// A secret that somebody shows. Never printed.
struct Token: Sendable {
    private let bytes: [UInt8]

    /// A token is 16 to 1024 printable ASCII characters without blanks: fewer could be guessed.
    init(_ text: some StringProtocol, from place: String) throws(ServerError) {
        bytes = Array(text.utf8)
        guard (16...1024).contains(bytes.count), bytes.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw ServerError("\(place): a token has 16 to 1024 printable ASCII characters without blanks")
        }
    }

    /// Takes the same time whatever differs, so that an answer's delay tells nothing about the secret.
    func matches(_ shown: String) -> Bool {
        let shown = Array(shown.utf8)
        var difference = UInt64(bytes.count ^ shown.count)
        for index in bytes.indices {
            difference |= UInt64(bytes[index] ^ (shown.isEmpty ? 0 : shown[index % shown.count]))
        }
        return difference == 0
    }
}

/// Who may do what. Read once, at the start: new tokens need a restart of the server, not of the agents.
struct Tokens: Sendable {
    /// `nil`: nobody needs one to read.
    let operatorToken: Token?
    /// `nil`: no agent needs one.
    let hosts: [String: Token]?
    /// Files that others on this machine can read.
    let warnings: [String]

    init(_ options: ServerOptions) throws(ServerError) {
        var warnings: [String] = []
        operatorToken =
            if let path = options.operatorTokenFile {
                try Token(try TokenFiles.text(path, &warnings).trimmed, from: path)
            } else { nil }
        hosts =
            if let path = options.hostTokens { try Self.hostTokens(path, &warnings) } else { nil }
        self.warnings = warnings
    }

    private static func hostTokens(_ path: String, _ warnings: inout [String]) throws(ServerError) -> [String: Token] {
        var tokens: [String: Token] = [:]
        guard !TokenFiles.isFolder(path) else {
            for name in try TokenFiles.names(in: path) {
                let file = "\(path)/\(name)"
                tokens[name] = try Token(try TokenFiles.text(file, &warnings).trimmed, from: file)
            }
            return tokens
        }
        let lines = try TokenFiles.text(path, &warnings).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.trimmed.isEmpty && !line.hasPrefix("#") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
            let place = "\(path):\(index + 1)"
            guard words.count == 2, tokens[String(words[0])] == nil else {
                throw ServerError("\(place): allowed: a line HOST TOKEN for each host, once")
            }
            tokens[String(words[0])] = try Token(words[1], from: place)
        }
        return tokens
    }

    /// The host whose token this is. All are compared, whichever matches.
    func host(showing token: String) -> String? {
        var found: String?
        for (host, known) in hosts ?? [:] where known.matches(token) { found = host }
        return found
    }

    func isOperator(showing token: String?) -> Bool {
        guard let operatorToken else { return true }
        return token.map(operatorToken.matches) ?? false
    }
}

extension StringProtocol {
    /// Without blanks and line breaks at both ends.
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}

/// Reads token files. Their contents never get into a message.
private enum TokenFiles {
    /// 100,000 hosts with long tokens fit.
    private static let largestBytes = 16 << 20

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names of a folder's files, sorted; hidden ones are left out.
    static func names(in path: String) throws(ServerError) -> [String] {
        guard let folder = opendir(path) else { throw failure(path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), !isFolder("\(path)/\(name)") { names.append(name) }
        }
        return names.sorted()
    }

    static func text(_ path: String, _ warnings: inout [String]) throws(ServerError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_size <= largestBytes else { throw ServerError("\(path): too large for tokens") }
        if status.st_mode & 0o077 != 0 {
            warnings.append("\(path): others on this machine can read it; chmod 600 makes it the server's alone")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw failure(path) }
            guard count > 0, bytes.count <= largestBytes else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    private static func failure(_ path: String) -> ServerError {
        ServerError("\(path): cannot be read: \(String(cString: strerror(errno)))")
    }
}
