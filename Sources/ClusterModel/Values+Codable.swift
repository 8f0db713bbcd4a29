// Codable forms for what crosses a socket or stands in the journal. The two documents have their own reader.

extension Timestamp: Codable {
    /// RFC 3339 text, so that a journal can be read by people.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no RFC 3339 time")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Host.State: Codable {}
extension VirtualMachine.State: Codable {}
extension MigrationMode: Codable {}
