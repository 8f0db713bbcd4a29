import AgentWire
import ClusterModel
import Sampling

/// How `once` prints a round.
enum SampleOutput {
    static func text(_ round: CollectedRound, host: String) -> String {
        var lines = ["host \(host)"]
        if let sample = round.host {
            lines[0] += " at \(Timestamp(millisecondsSinceEpoch: sample.timestampMilliseconds))"
            lines += sample.readings.present.map { line($0.metric.name, $0.value) }
            if !sample.cpuBusyFractions.isEmpty {
                let percents = sample.cpuBusyFractions.map { "\(Int(($0 * 100).rounded()))%" }
                lines.append("  each CPU busy: \(percents.joined(separator: " "))")
            }
        } else {
            lines.append("  nothing could be measured")
        }
        for machine in round.machines {
            lines.append("virtual machine \(machine.name)\(machine.uuid.map { " (\($0))" } ?? "")")
            lines += machine.readings.present.map { line($0.metric.name, $0.value) }
        }
        if round.machines.isEmpty { lines.append("no virtual machines") }
        return lines.joined(separator: "\n")
    }

    static func json(_ round: CollectedRound, host: String) -> String {
        let machines = round.machines.map { machine in
            JSONText.object([
                ("name", .string(machine.name)), ("uuid", machine.uuid.map { .string($0) } ?? .null),
                ("readings", readings(machine.readings)),
            ])
        }
        var members: [(key: String, value: JSONText)] = [("host", .string(host))]
        if let sample = round.host {
            let time = Timestamp(millisecondsSinceEpoch: sample.timestampMilliseconds)
            members += [
                ("takenAt", .string("\(time)")),
                ("intervalMilliseconds", .integer(Int64(sample.intervalMilliseconds))),
                ("readings", readings(sample.readings)),
                ("cpuBusyFractions", .array(sample.cpuBusyFractions.map { .number($0) })),
            ]
        }
        members.append(("virtualMachines", .array(machines)))
        return JSONText.object(members).text
    }

    private static func readings<Of: Metric>(_ readings: Readings<Of>) -> JSONText {
        .object(readings.present.map { ($0.metric.name, .number($0.value)) })
    }

    private static func line(_ name: String, _ value: Double) -> String {
        let rounded = value < 1000 ? "\((value * 1000).rounded() / 1000)" : "\(Int64(value))"
        return "  \(name)\(String(repeating: " ", count: max(1, 32 - name.count)))\(rounded)"
    }
}
