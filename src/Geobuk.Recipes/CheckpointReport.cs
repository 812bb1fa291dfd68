using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Recipes;

/// <summary>
/// What a job tells the service that runs it about its checkpoints, so that whoever loses least is asked to make room. A JSON file whose
/// path is in GEOBUK_REPORT, written whole and renamed; all keys may be left out.
/// </summary>
public sealed record CheckpointReport
{
    /// <summary>Where the job finds the path.</summary>
    public const string Variable = "GEOBUK_REPORT";

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>When it last saved, in seconds since 1970; null before the first time.</summary>
    public double? SavedAt { get; init; }

    /// <summary>Seconds that one step takes: it leaves after one.</summary>
    public double? StepSeconds { get; init; }

    /// <summary>Seconds that saving takes.</summary>
    public double? CheckpointSeconds { get; init; }

    /// <summary>Seconds from a start until work goes on where it was.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>Whether it saves when it is asked to leave, or loses what came after it last did.</summary>
    public bool SavesWhenAsked { get; init; } = true;

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, s_json));

    /// <summary>Reads it.</summary>
    /// <param name="text">The file's.</param>
    /// <exception cref="UserInputException">It is no such report; says what is wrong.</exception>
    public static CheckpointReport Read(string text)
    {
        try
        {
            var report = JsonSerializer.Deserialize<CheckpointReport>(text, s_json) ?? throw new UserInputException($"{Variable}: null; expected a JSON object.");
            foreach (var (name, value) in new[] { ("saved_at", report.SavedAt), ("step_seconds", report.StepSeconds), ("checkpoint_seconds", report.CheckpointSeconds), ("start_seconds", report.StartSeconds) })
                if (value is < 0) throw new UserInputException($"{Variable}: {name} is {value}; expected seconds, 0 or more.");
            return report;
        }
        catch (JsonException fault)
        {
            throw new UserInputException($"{Variable}: {fault.Message} Expected a JSON object such as {{\"saved_at\": 1798000000, \"step_seconds\": 1.5, \"checkpoint_seconds\": 12}}.", fault);
        }
    }
}
