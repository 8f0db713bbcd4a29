import CAgentWire
import CProtobufC

/// Turns an unpacked C message into values, and refuses what protobuf itself lets through.
struct BatchReader {
    let limits: WireLimits

    func batch(_ message: Drover__Agent__V1__Batch) throws(WireError) -> SampleBatch {
        guard message.format_version == SampleBatch.formatVersion else {
            throw WireError(
                code: .unknown,
                message: "format_version is \(message.format_version); this program reads \(SampleBatch.formatVersion)")
        }
        let (sampleCount, overflow) = message.n_host_samples.addingReportingOverflow(message.n_virtual_machine_samples)
        guard !overflow, sampleCount <= limits.maxSamples else {
            throw WireError(
                code: .tooManySamples, message: "the batch has \(sampleCount) samples; at most \(limits.maxSamples)")
        }
        guard Int(message.sample_count) == sampleCount else {
            throw WireError(
                code: .inconsistent,
                message: "sample_count is \(message.sample_count) but the batch has \(sampleCount) samples: it was cut "
                    + "short, or put together wrongly")
        }
        let batch = SampleBatch(
            identity: BatchIdentity(agentInstance: try instance(message.agent_instance), sequence: message.sequence),
            host: try text(message.host, path: "host"),
            cluster: try optionalText(message.cluster, path: "cluster"),
            bootID: try optionalText(message.boot_id, path: "boot_id"),
            hostSamples: try samples(message.host_samples, message.n_host_samples, "host_samples", read: host),
            virtualMachineSamples: try samples(
                message.virtual_machine_samples, message.n_virtual_machine_samples, "virtual_machine_samples",
                read: virtualMachine))
        try batch.validate(limits: limits)
        return batch
    }

    private func samples<Message, Sample>(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int, _ path: String,
        read: (Message, String) throws(WireError) -> Sample
    ) throws(WireError) -> [Sample] {
        var samples: [Sample] = []
        samples.reserveCapacity(count)
        for index in 0..<count {
            guard let message = messages?[index] else { continue }
            samples.append(try read(message.pointee, "\(path)[\(index)]"))
        }
        return samples
    }

    private func host(_ message: Drover__Agent__V1__HostSample, path: String) throws(WireError) -> HostSample {
        HostSample(
            timestampMilliseconds: message.timestamp_milliseconds,
            intervalMilliseconds: message.interval_milliseconds,
            readings: try readings(
                UnsafeBufferPointer(start: message.metrics, count: message.n_metrics).lazy.map { Int($0.rawValue) },
                UnsafeBufferPointer(start: message.values, count: message.n_values), path: path),
            cpuBusyFractions: Array(
                UnsafeBufferPointer(start: message.cpu_busy_fractions, count: message.n_cpu_busy_fractions)))
    }

    private func virtualMachine(
        _ message: Drover__Agent__V1__VirtualMachineSample, path: String
    ) throws(WireError) -> VirtualMachineSample {
        VirtualMachineSample(
            timestampMilliseconds: message.timestamp_milliseconds,
            intervalMilliseconds: message.interval_milliseconds,
            name: try text(message.name, path: "\(path).name"),
            uuid: try optionalText(message.uuid, path: "\(path).uuid"),
            readings: try readings(
                UnsafeBufferPointer(start: message.metrics, count: message.n_metrics).lazy.map { Int($0.rawValue) },
                UnsafeBufferPointer(start: message.values, count: message.n_values), path: path))
    }

    private func readings<Of: Metric>(
        _ numbers: some Collection<Int>, _ values: UnsafeBufferPointer<Double>, path: String
    ) throws(WireError) -> Readings<Of> {
        guard numbers.count == values.count else {
            throw WireError(
                code: .inconsistent, message: "\(path) has \(numbers.count) metrics but \(values.count) values")
        }
        var readings = Readings<Of>()
        for (number, value) in zip(numbers, values) {
            guard let metric = Of(rawValue: number) else {
                throw WireError(
                    code: .unknown, message: "\(path) has metric number \(number); known are 1 to \(Of.highestNumber)")
            }
            guard limits.allows(value: value) else {
                throw WireError.number(value, path: "\(path).\(metric.name)", limits: limits)
            }
            guard readings[metric] == nil else {
                throw WireError(code: .inconsistent, message: "\(path) has \(metric.name) twice")
            }
            readings[metric] = value
        }
        return readings
    }

    private func instance(_ data: ProtobufCBinaryData) throws(WireError) -> String {
        guard data.len == BatchIdentity.instanceBytes, let bytes = data.data else {
            throw WireError(
                code: .inconsistent,
                message: "agent_instance has \(data.len) bytes; it must have \(BatchIdentity.instanceBytes)")
        }
        return BatchIdentity.hexadecimal(UnsafeBufferPointer(start: bytes, count: data.len))
    }

    private func optionalText(_ data: ProtobufCBinaryData, path: String) throws(WireError) -> String? {
        data.len == 0 ? nil : try text(data, path: path)
    }

    /// Length is checked before the text is copied; the rest of the rules stand in `validate`.
    private func text(_ data: ProtobufCBinaryData, path: String) throws(WireError) -> String {
        guard data.len > 0, let bytes = data.data else {
            throw WireError(code: .invalidText, message: "\(path) is empty or missing")
        }
        guard data.len <= limits.maxTextBytes else {
            throw WireError(
                code: .invalidText, message: "\(path) has \(data.len) bytes; at most \(limits.maxTextBytes)")
        }
        guard let text = String(validating: UnsafeBufferPointer(start: bytes, count: data.len), as: UTF8.self) else {
            throw WireError(code: .invalidText, message: "\(path) is not UTF-8")
        }
        return text
    }
}
