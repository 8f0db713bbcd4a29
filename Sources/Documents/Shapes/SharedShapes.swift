import ClusterModel

/// Shapes of values that stand in more than one document.
enum SharedShapes {
    static let hostDefaults = Shape<HostDefaults>.object(
        HostDefaults(),
        [
            .defaulted(
                "migrationBitsPerSecond", \.migrationBitsPerSecond, .positive("bits per second"), of: HostDefaults(),
                isAlwaysWritten: true),
            .defaulted("maxMigrationsOut", \.maxMigrationsOut, .count(), of: HostDefaults(), isAlwaysWritten: true),
            .defaulted("maxMigrationsIn", \.maxMigrationsIn, .count(), of: HostDefaults(), isAlwaysWritten: true),
            .defaulted("bootSeconds", \.bootSeconds, .seconds, of: HostDefaults(), isAlwaysWritten: true),
            .defaulted("shutdownSeconds", \.shutdownSeconds, .seconds, of: HostDefaults(), isAlwaysWritten: true),
        ])
}
