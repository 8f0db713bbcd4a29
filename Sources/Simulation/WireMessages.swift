internal import ClusterModel
internal import Execution
internal import FoundationEssentials

// The simulator's protocol: one JSON object a line, a request and its answer in turn, over a Unix domain socket.

/// A question to the simulator.
struct WireRequest: Sendable, Codable {
    enum Call: String, Sendable, Codable {
        case capabilities, now, inventory, begin, status, cancel, adjust
    }

    let id: Int
    let call: Call
    /// With `begin`.
    var request: StepRequest?
    /// With `status`, `cancel` and `adjust`.
    var key: StepKey?
    /// With `adjust`.
    var adjustment: MigrationAdjustment?
}

/// Its answer.
struct WireResponse: Sendable, Codable {
    let id: Int
    let at: Timestamp
    /// Platform seconds per real second.
    let speed: Double
    var capabilities: DriverCapabilities?
    var inventory: PlatformInventory?
    var status: StepStatus?
    var error: DriverError?
}

/// JSON on one line, with a line feed at its end.
enum WireLine {
    static func encode(_ value: some Encodable) throws(DriverError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw DriverError(code: .invalid, message: "cannot be written as JSON: \(error)")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from line: [UInt8]) throws(DriverError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(line))
        } catch {
            throw DriverError(code: .invalid, message: "not understood: \(error)")
        }
    }
}
