namespace Geobuk.Compute.Engines;

/// <summary>Where an attempt is.</summary>
public enum EngineState
{
    /// <summary>Runs, or is about to.</summary>
    Running,

    /// <summary>Ended with an exit code.</summary>
    Exited,

    /// <summary>Gone without an exit code: killed, or its node is lost.</summary>
    Lost,
}
