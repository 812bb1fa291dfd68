using System.Globalization;
using System.Text.Json;
using Geobuk.Compute.Wording;
using Geobuk.Models;

namespace Geobuk.Compute.Simulation;

/// <summary>
/// Reads traces: the Standard Workload Format (18 columns; Chapin et al. 1999), the Philly trace as
/// <c>timestamp,duration,num_gpus,gpu_time,cluster</c> (Jeon et al., ATC 2019), and this service's own journal (JSON lines).
/// </summary>
public static class TraceReader
{
    private const int SwfFields = 18, LargestDevices = 1 << 20;

    /// <summary>Names of formats.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["swf", "philly", "journal"];

    /// <summary>The jobs of a file in the order of submission, the first at zero.</summary>
    /// <exception cref="UserInputException">The file is not in that format, or has no job.</exception>
    public static IReadOnlyList<TraceJob> Read(string path, string format)
    {
        if (!File.Exists(path)) throw new UserInputException($"--trace: {path} does not exist; expected a file. Check the path.");
        Func<string, TraceJob?> parse = format switch
        {
            "swf" => Swf,
            "philly" => Philly,
            "journal" => Journal.Read,
            _ => throw new UserInputException($"--format: {format}; expected one of {string.Join(", ", Formats)}."),
        };
        var (jobs, number) = (new List<TraceJob>(), 0);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            try
            {
                if (line.Length > 0 && parse(line) is { } job) jobs.Add(Checked(job));
            }
            catch (Exception fault) when (fault is FormatException or JsonException or OverflowException or KeyNotFoundException or InvalidOperationException)
            {
                throw new UserInputException($"{path}:{number}: a line that is not of the format {format} ({fault.Message}); expected {Expected(format)}. Choose another --format.", fault);
            }
        }
        if (jobs.Count == 0) throw new UserInputException($"{path}: no job in it; expected at least one. Is --format {format} right?");
        var first = jobs.Min(job => job.Submitted);
        return [.. jobs.Select(job => job with { Submitted = job.Submitted - first }).OrderBy(job => job.Submitted)];
    }

    private static TraceJob Checked(TraceJob job) =>
        job.Seconds is >= 0 and < 1e12 && job.Devices is > 0 and <= LargestDevices && double.IsFinite(job.Submitted)
            ? job : throw new FormatException($"{Counted.Of(job.Devices, "device")} for {job.Seconds} s");

    private static string Expected(string format) => format switch
    {
        "swf" => "18 numbers, or a comment that starts with ;",
        "philly" => "timestamp,duration,num_gpus,gpu_time,cluster",
        _ => "one JSON object per line, as geobuk compute writes them",
    };

    /// <summary>Jobs that never ran or held nothing do not count.</summary>
    private static TraceJob? Swf(string line)
    {
        if (line[0] == ';') return null;
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (SwfFields or SwfFields - 1)) throw new FormatException($"{fields.Length} fields");
        double Number(int field) => double.Parse(fields[field - 1], CultureInfo.InvariantCulture);
        var devices = checked((int)(Number(5) > 0 ? Number(5) : Number(8)));
        return Number(4) < 0 || devices <= 0 ? null : new TraceJob(Number(2), Number(4), devices, fields[11], Number(9) > 0 ? Number(9) : null, false);
    }

    private static TraceJob? Philly(string line)
    {
        var fields = line.Split(',');
        if (fields[0] is "timestamp" or "") return null;
        if (fields.Length != 5) throw new FormatException($"{fields.Length} fields");
        var time = DateTime.Parse(fields[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        return new TraceJob((time - DateTime.UnixEpoch).TotalSeconds, double.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[2], CultureInfo.InvariantCulture), fields[4], null, true);
    }
}
