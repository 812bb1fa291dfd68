using System.IO.Compression;
using System.Text.Json;
using Geobuk.Compute.Wording;
using Geobuk.Models;

namespace Geobuk.Compute.Simulation;

/// <summary>
/// Reads traces: the Standard Workload Format (18 columns; Chapin et al. 1999) as the Parallel Workloads Archive publishes it, tables of
/// jobs as the Philly trace's (Jeon et al., ATC 2019), and this service's own journal (JSON lines). A file may be packed by gzip.
/// </summary>
public static class TraceReader
{
    private const double Latest = 1e12;

    /// <summary>Most devices of a job.</summary>
    internal const int LargestDevices = 1 << 20;

    /// <summary>Names of formats.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["swf", "philly", "journal"];

    /// <summary>What a file says.</summary>
    /// <exception cref="UserInputException">The file is not in that format, or has no job.</exception>
    public static Trace Read(string path, string format)
    {
        ITraceFormat reader = format switch
        {
            "swf" => new SwfFormat(),
            "philly" => new PhillyFormat(),
            "journal" => new JournalFormat(),
            _ => throw new UserInputException($"--format: {format}; expected one of {string.Join(", ", Formats)}."),
        };
        if (Directory.Exists(path)) throw new UserInputException($"--trace: {path} is a folder; expected a file. Name one in it.");
        if (!File.Exists(path)) throw new UserInputException($"--trace: {path} does not exist; expected a file. Check the path.");
        var jobs = new List<TraceJob>();
        var number = 0;
        try
        {
            using var lines = new StreamReader(Unpacked(File.OpenRead(path)));
            while (lines.ReadLine() is { } line)
            {
                number++;
                if (string.IsNullOrWhiteSpace(line)) continue;
                try
                {
                    if (reader.Read(line.Trim()) is { } job) jobs.Add(Checked(job));
                }
                // Whoever wrote it was cut off.
                catch (JsonException) when (jobs.Count > 0 && lines.EndOfStream && !line.TrimEnd().EndsWith('}'))
                {
                    reader.LeftOut["line that was cut off at the end"] = 1;
                }
            }
        }
        catch (Exception fault) when (fault is FormatException or JsonException or OverflowException)
        {
            throw new UserInputException($"{path}:{number}: a line that is not of the format {format} ({fault.Message}); expected {reader.Expected}. Choose another --format.", fault);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserInputException($"--trace: {path} cannot be read ({fault.Message}); expected a text, or one packed by gzip. Fetch it again.", fault);
        }
        var remarks = reader.LeftOut.Select(left => $"{path}: {left.Value} {left.Key}, left out").Concat(reader.Remarks.Select(remark => $"{path}: {remark}")).ToList();
        if (jobs.Count == 0) throw new UserInputException([$"{path}: no job in it; expected at least one. Is --format {format} right?", .. remarks]);
        var first = jobs.Min(job => job.Submitted);
        return new Trace([.. jobs.Select(job => job with { Submitted = job.Submitted - first, Cancelled = job.Cancelled - first }).OrderBy(job => job.Submitted)])
        {
            Origin = reader.Zero + first,
            Devices = reader.Devices,
            Drains = [.. reader.Drains.Select(drain => drain with { At = drain.At - first }).OrderBy(drain => drain.At)],
            Remarks = remarks,
        };
    }

    private static TraceJob Checked(TraceJob job) =>
        job.Seconds is >= 0 and < Latest && job.Devices is > 0 and <= LargestDevices
            ? Math.Abs(job.Submitted) < Latest ? job : throw new FormatException($"submitted at {job.Submitted} s")
            : throw new FormatException($"{Counted.Of(job.Devices, "device")} for {job.Seconds} s");

    private static Stream Unpacked(FileStream file)
    {
        var isPacked = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        return isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
