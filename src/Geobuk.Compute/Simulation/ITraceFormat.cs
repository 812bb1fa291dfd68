namespace Geobuk.Compute.Simulation;

/// <summary>A format of traces: reads line by line and remembers what lines say that are no jobs.</summary>
internal interface ITraceFormat
{
    /// <summary>What a line should be, in words.</summary>
    string Expected { get; }

    /// <summary>When times count from, in seconds since 1970; null where that is not known.</summary>
    double? Zero { get; }

    /// <summary>Processors of the machine; null where that is not known.</summary>
    int? Devices => null;

    /// <summary>Jobs that do not count, by the reason in words.</summary>
    SortedDictionary<string, int> LeftOut { get; }

    /// <summary>Anything else to be told.</summary>
    IEnumerable<string> Remarks => [];

    /// <summary>Nodes drained and resumed; times as those of jobs.</summary>
    IEnumerable<TraceDrain> Drains => [];

    /// <summary>The job of a line that is not empty; null where it has none that counts.</summary>
    /// <exception cref="FormatException">It is no line of the format.</exception>
    /// <exception cref="System.Text.Json.JsonException">It is no JSON.</exception>
    TraceJob? Read(string line);
}
