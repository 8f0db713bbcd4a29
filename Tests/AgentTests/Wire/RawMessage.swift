/// Writes protobuf by hand, so that tests can send what no honest encoder would.
struct RawMessage {
    var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func number(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    mutating func data(_ field: UInt64, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func packedDoubles(_ field: UInt64, _ values: [Double]) {
        data(field, values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
    }

    mutating func packedVarints(_ field: UInt64, _ values: [UInt64]) {
        var inner = RawMessage()
        for value in values { inner.varint(value) }
        data(field, inner.bytes)
    }
}

/// A batch whose every part a test may spoil.
struct RawBatch {
    var version: UInt64 = 1
    var host = Array("h01".utf8)
    var cluster = Array("lab".utf8)
    var instance = [UInt8](repeating: 7, count: 16)
    var sequence: UInt64 = 1
    var time: UInt64 = 1_763_800_000_000
    var metrics: [UInt64] = [1, 2]
    var values: [Double] = [4, 1.5]
    var cpuBusyFractions: [Double] = [0.5, 0.25]
    var machineName = Array("vm7".utf8)
    var machineUUID = Array("0a1b2c3d-0000-4000-8000-00000000db01".utf8)
    var machineCount = 1
    var hostCount = 1
    var sampleCount: UInt64?
    var extra: [UInt8] = []

    var bytes: [UInt8] {
        var host = RawMessage()
        host.number(1, time)
        host.number(2, 10_000)
        host.packedVarints(3, metrics)
        host.packedDoubles(4, values)
        host.packedDoubles(5, cpuBusyFractions)
        var machine = RawMessage()
        machine.number(1, time)
        machine.data(3, machineName)
        machine.data(4, machineUUID)
        machine.packedVarints(5, [1])
        machine.packedDoubles(6, [0.75])
        var batch = RawMessage()
        batch.number(1, version)
        batch.data(2, self.host)
        batch.data(3, cluster)
        batch.data(5, instance)
        batch.number(6, sequence)
        for _ in 0..<hostCount { batch.data(7, host.bytes) }
        for _ in 0..<machineCount { batch.data(8, machine.bytes) }
        batch.number(9, sampleCount ?? UInt64(hostCount + machineCount))
        return batch.bytes + extra
    }
}
