extension SampleBatch {
    static let formatVersion: UInt32 = 1

    /// Checks what must hold of every batch, sent or received.
    func validate(limits: WireLimits) throws(WireError) {
        let sampleCount = hostSamples.count + virtualMachineSamples.count
        guard sampleCount <= limits.maxSamples else {
            throw WireError(
                code: .tooManySamples, message: "the batch has \(sampleCount) samples; at most \(limits.maxSamples)")
        }
        guard sampleCount > 0 else {
            throw WireError(code: .inconsistent, message: "the batch has no samples; a batch has at least one")
        }
        guard identity.sequence > 0 else {
            throw WireError(code: .inconsistent, message: "sequence is 0 or missing; batches are counted from 1")
        }
        try limits.check(text: host, path: "host")
        if let cluster { try limits.check(text: cluster, path: "cluster") }
        if let bootID { try limits.check(text: bootID, path: "boot_id") }
        try validateHostSamples(limits: limits)
        try validateVirtualMachineSamples(limits: limits)
    }

    private func validateHostSamples(limits: WireLimits) throws(WireError) {
        var seen: Set<Int64> = []
        for (index, sample) in hostSamples.enumerated() {
            let path = "host_samples[\(index)]"
            try limits.check(timestamp: sample.timestampMilliseconds, path: path)
            try limits.check(readings: sample.readings, path: path)
            guard sample.cpuBusyFractions.count <= limits.maxCPUs else {
                throw WireError(
                    code: .tooManySamples,
                    message: "\(path) has \(sample.cpuBusyFractions.count) CPUs; at most \(limits.maxCPUs)")
            }
            for fraction in sample.cpuBusyFractions where !(fraction >= 0 && fraction <= 1) {
                throw WireError(
                    code: .invalidNumber,
                    message: "\(path).cpu_busy_fractions holds \(fraction); allowed are 0 to 1")
            }
            guard seen.insert(sample.timestampMilliseconds).inserted else {
                throw WireError(
                    code: .inconsistent,
                    message: "\(path) repeats the host's sample of \(sample.timestampMilliseconds) ms")
            }
        }
    }

    private func validateVirtualMachineSamples(limits: WireLimits) throws(WireError) {
        struct Key: Hashable {
            let name: String
            let timestamp: Int64
        }
        var seen: Set<Key> = []
        for (index, sample) in virtualMachineSamples.enumerated() {
            let path = "virtual_machine_samples[\(index)]"
            try limits.check(timestamp: sample.timestampMilliseconds, path: path)
            try limits.check(text: sample.name, path: "\(path).name")
            if let uuid = sample.uuid, !MachineUUID.isCanonical(uuid) {
                throw WireError(
                    code: .invalidText,
                    message: "\(path).uuid is not of the form 8-4-4-4-12 in lower-case hexadecimal digits")
            }
            try limits.check(readings: sample.readings, path: path)
            guard seen.insert(Key(name: sample.name, timestamp: sample.timestampMilliseconds)).inserted else {
                throw WireError(
                    code: .inconsistent,
                    message: "\(path) repeats the sample of \(sample.name) of \(sample.timestampMilliseconds) ms")
            }
        }
    }
}

extension WireLimits {
    /// Whether a batch may carry this value.
    public func allows(value: Double) -> Bool {
        value.isFinite && value >= 0 && value <= maxValue
    }

    /// Whether a batch may carry this name. Controls (C0 and C1, NUL among them) would corrupt logs and terminals.
    public func allows(text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maxTextBytes
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    func check(text: String, path: String) throws(WireError) {
        guard !text.isEmpty, text.utf8.count <= maxTextBytes else {
            throw WireError(
                code: .invalidText,
                message: "\(path) has \(text.utf8.count) bytes; allowed are 1 to \(maxTextBytes)")
        }
        guard allows(text: text) else {
            throw WireError(code: .invalidText, message: "\(path) holds a control character")
        }
    }

    func check(timestamp: Int64, path: String) throws(WireError) {
        guard timestampMilliseconds.contains(timestamp) else {
            throw WireError(
                code: .timestampOutOfRange,
                message: "\(path).timestamp_milliseconds is \(timestamp); allowed are "
                    + "\(timestampMilliseconds.lowerBound) to \(timestampMilliseconds.upperBound)")
        }
    }

    func check<Of: Metric>(readings: Readings<Of>, path: String) throws(WireError) {
        var isEmpty = true
        for metric in Of.allCases {
            guard let value = readings[metric] else { continue }
            isEmpty = false
            guard allows(value: value) else {
                throw WireError.number(value, path: "\(path).\(metric.name)", limits: self)
            }
        }
        guard !isEmpty else {
            throw WireError(code: .inconsistent, message: "\(path) has no values; a sample has at least one")
        }
    }
}

extension WireError {
    static func number(_ value: Double, path: String, limits: WireLimits) -> WireError {
        WireError(code: .invalidNumber, message: "\(path) is \(value); allowed are 0 to \(limits.maxValue)")
    }
}
