package import Execution

/// A host's management controller, spoken to by `ipmitool`.
package struct IPMISwitch: PowerSwitch {
    package let host: String
    let tool: IPMITool

    package func state() async throws(DriverError) -> HostPower {
        let text = try await ask(["chassis", "power", "status"])
        switch text.split(whereSeparator: \.isWhitespace).last {
        case "on": return .on
        case "off": return .off
        default:
            throw DriverError(
                code: .invalid,
                message: "host \(host): ipmitool says \(Self.line(text)), expected Chassis Power is on|off")
        }
    }

    package func turnOn() async throws(DriverError) { _ = try await ask(["chassis", "power", "on"]) }

    package func shutDown() async throws(DriverError) { _ = try await ask(["chassis", "power", "soft"]) }

    package func cutOff() async throws(DriverError) { _ = try await ask(["chassis", "power", "off"]) }

    /// Many controllers know no DCMI; that is no reading, not an error.
    package func watts() async throws(DriverError) -> Double? {
        let answer = try await tool.run(["dcmi", "power", "reading"])
        return answer.succeeded ? Self.watts(in: answer.text) : nil
    }

    /// `    Instantaneous power reading:                   214 Watts`
    package static func watts(in text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].contains("Instantaneous power reading") else { continue }
            let words = parts[1].split(whereSeparator: \.isWhitespace)
            guard words.count == 2, words[1] == "Watts", let value = Double(words[0]) else { return nil }
            return value.isFinite && value >= 0 ? value : nil
        }
        return nil
    }

    private func ask(_ words: [String]) async throws(DriverError) -> String {
        let answer = try await tool.run(words)
        guard answer.succeeded else {
            throw DriverError(
                code: .unreachable,
                message: "host \(host): ipmitool \(words.joined(separator: " ")): \(Self.line(answer.text))")
        }
        return answer.text
    }

    /// The last line, where ipmitool says what went wrong.
    private static func line(_ text: String) -> String {
        String(text.split(separator: "\n").last?.prefix(200) ?? "nothing")
    }
}
