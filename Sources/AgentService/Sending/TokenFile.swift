/// The token that the agent shows the server. It is read for every batch, so that a new one needs no restart.
enum TokenFile {
    private static let maxBytes = 4096

    static func read(_ path: String) throws(AgentError) -> String {
        let contents: [UInt8]
        do throws(AgentError) {
            contents = try DurableFile.read(path, maxBytes: maxBytes)
        } catch {
            throw AgentError(code: .setup, message: "the token file: \(error.message)")
        }
        let text = contents.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        // Printable ASCII without blanks: anything else has no place in a header. The contents are never shown.
        guard !text.isEmpty, contents.count <= maxBytes, text.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw AgentError(
                code: .setup,
                message: "the token file \(path) must hold one token of printable ASCII, at most \(maxBytes) bytes")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\t")
    }
}
