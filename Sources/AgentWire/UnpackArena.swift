import CAgentWire
import CProtobufC

/// Memory for one unpacked message: a bump allocator that says no at its cap, and is freed as a whole.
///
/// protobuf-c takes every byte of an unpacked message from here. Pages are touched only as they are used, so a small
/// message in a large arena costs little.
struct UnpackArena: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let state: UnsafeMutablePointer<State>

    private struct State {
        var next: UnsafeMutableRawPointer
        let end: UnsafeMutableRawPointer
        var refused = false
    }

    init(capacityBytes: Int) {
        let capacity = max(capacityBytes, 64)
        base = .allocate(byteCount: capacity, alignment: 16)
        state = .allocate(capacity: 1)
        state.initialize(to: State(next: base, end: base + capacity))
    }

    deinit {
        base.deallocate()
        state.deallocate()
    }

    /// Whether an allocation was refused for want of room.
    var refusedAnAllocation: Bool { state.pointee.refused }

    var usedBytes: Int { state.pointee.next - base }

    /// Runs `body` with an allocator that stays valid only inside it.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result) -> Result {
        var allocator = ProtobufCAllocator(
            alloc: { context, size in UnpackArena.allocate(context: context, byteCount: size) },
            free: { _, _ in },
            allocator_data: state)
        return withUnsafeMutablePointer(to: &allocator, body)
    }

    private static func allocate(context: UnsafeMutableRawPointer?, byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let state = context?.assumingMemoryBound(to: State.self) else { return nil }
        let free = state.pointee.end - state.pointee.next
        // Rounded up to 16, the strictest alignment of any C type; a size near the largest integer must not wrap.
        guard byteCount >= 0, byteCount <= free, (byteCount + 15) & ~15 <= free else {
            state.pointee.refused = true
            return nil
        }
        let block = state.pointee.next
        state.pointee.next = block + ((byteCount + 15) & ~15)
        return block
    }
}
