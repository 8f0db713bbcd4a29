import AgentWire
import Randomness
import Testing

/// Random and mutated bytes: 200,000 in all. No crash, no memory beyond the cap, and nothing is accepted that could
/// not have been sent.
@Suite struct DecoderFuzzTests {
    static let limits: WireLimits = {
        var limits = WireLimits.standard
        limits.maxUnpackBytes = 16 << 10
        limits.maxSamples = 64
        return limits
    }()

    @Test(arguments: UInt64(0)..<10)
    func survives(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let valid = try [
            SampleBatchTests.full().encoded(), SampleBatchTests.full(machineCount: 1).encoded(), RawBatch().bytes,
        ]
        var accepted = 0
        var codes: Set<WireError.Code> = []
        for _ in 0..<20_000 {
            let bytes = Self.bytes(from: valid, using: &generator)
            let (outcome, unpackedBytes) = SampleBatch.decode(bytes, limits: Self.limits)
            #expect(unpackedBytes <= Self.limits.maxUnpackBytes)
            switch outcome {
            case .success(let batch):
                accepted += 1
                #expect(try SampleBatch(decoding: batch.encoded(limits: Self.limits), limits: Self.limits) == batch)
            case .failure(let error): codes.insert(error.code)
            }
        }
        // The mutations reach past the outer shell, and some are harmless.
        #expect(accepted > 0)
        #expect(codes.isSuperset(of: [.malformed, .unknown, .invalidText, .inconsistent, .memoryLimit]), "\(codes)")
    }

    private static func bytes(from valid: [[UInt8]], using generator: inout SplitMix64) -> [UInt8] {
        let kind = Int.random(in: 0..<10, using: &generator)
        if kind == 0 {
            return (0..<Int.random(in: 0..<300, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
        }
        if kind == 1 {
            // Empty samples, two bytes each, which unfold to many times their size; now and then something else.
            return (0..<Int.random(in: 0..<600, using: &generator)).flatMap { _ -> [UInt8] in
                Int.random(in: 0..<2000, using: &generator) == 0 ? [0x48, 1] : [0x42, 0]
            }
        }
        var bytes = valid.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { break }
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[index] = .random(in: .min ... .max, using: &generator)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(.random(in: .min ... .max, using: &generator), at: index)
            case 4: bytes.removeLast(bytes.count - index)
            default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 20)], at: index)
            }
        }
        return bytes
    }
}
