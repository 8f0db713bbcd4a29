import CAgentWire
import CProtobufC

extension SampleBatch {
    /// Reads a batch that anybody may have sent. Takes no more memory than `limits` allow and never traps.
    public init(decoding bytes: some Collection<UInt8>, limits: WireLimits = .standard) throws(WireError) {
        self = try Self.decode(bytes, limits: limits).outcome.get()
    }

    /// The outcome, and the memory that unpacking took of what the limits allow.
    package static func decode(
        _ bytes: some Collection<UInt8>, limits: WireLimits
    ) -> (outcome: Result<SampleBatch, WireError>, unpackedBytes: Int) {
        guard bytes.count <= limits.maxBodyBytes else {
            let message = "the batch has \(bytes.count) bytes; at most \(limits.maxBodyBytes)"
            return (.failure(WireError(code: .bodyTooLarge, message: message)), 0)
        }
        let contiguous = ContiguousArray(bytes)
        let arena = UnpackArena(capacityBytes: limits.maxUnpackBytes)
        let reader = BatchReader(limits: limits)
        let outcome = contiguous.withUnsafeBufferPointer { buffer in
            arena.withAllocator { allocator in
                // The unpacked message lives in the arena: nothing of it may leave this closure but Swift values.
                let unpacked = drover__agent__v1__batch__unpack(allocator, buffer.count, buffer.baseAddress)
                return Result { () throws(WireError) -> SampleBatch in
                    guard let unpacked else { throw Self.unpackError(arena: arena, limits: limits) }
                    return try reader.batch(unpacked.pointee)
                }
            }
        }
        return (outcome, arena.usedBytes)
    }

    private static func unpackError(arena: borrowing UnpackArena, limits: WireLimits) -> WireError {
        if arena.refusedAnAllocation {
            return WireError(
                code: .memoryLimit,
                message: "unpacking the batch takes more than the \(limits.maxUnpackBytes) bytes allowed")
        }
        return WireError(
            code: .malformed, message: "the body is truncated, has a field of the wrong type, or is no sample batch")
    }
}
