import ClusterModel

/// How a guest of the published instances rewrites its memory: megabytes, seconds and megabytes per second.
struct GuestMemory: Decodable, Sendable {
    let memUsed: Double
    /// The hot set, and the time in which it is rewritten.
    let maxDirtySize: Double
    let maxDirtyDuration: Double
    /// Of the cold rest.
    let dirtyRate: Double

    static let formula =
        "B = bandwidthBitsPerSecond / 9e6; t = memUsed / B; if t > maxDirtyDuration: t += (maxDirtySize + "
        + "(t - maxDirtyDuration) * dirtyRate) / (B - dirtyRate) + maxDirtySize / B * (h / (B - h)), "
        + "h = maxDirtySize / maxDirtyDuration"

    /// The paper's duration of a move: the memory, what was rewritten meanwhile, and the hot set. Not finite when the
    /// move never ends.
    func moveSeconds(bandwidthBitsPerSecond: Double) -> Double {
        let speed = bandwidthBitsPerSecond / 9e6
        let time = memUsed / speed
        guard time > maxDirtyDuration else { return time }
        let hotRate = maxDirtySize / maxDirtyDuration
        guard speed > dirtyRate, speed > hotRate else { return .infinity }
        return time + (maxDirtySize + (time - maxDirtyDuration) * dirtyRate) / (speed - dirtyRate)
            + maxDirtySize / speed * (hotRate / (speed - hotRate))
    }

    var dirty: DirtyRate {
        DirtyRate(
            hotBytes: maxDirtySize * 1e6,
            bytesPerSecond: maxDirtyDuration > 0 ? maxDirtySize / maxDirtyDuration * 1e6 : dirtyRate * 1e6)
    }

    /// For whoever judges the plan: what its durations rest on.
    var extensions: Extensions {
        Extensions.none.setting("memUsed", .exact(memUsed)).setting("maxDirtySize", .exact(maxDirtySize))
            .setting("maxDirtyDuration", .exact(maxDirtyDuration)).setting("dirtyRate", .exact(dirtyRate))
    }
}
