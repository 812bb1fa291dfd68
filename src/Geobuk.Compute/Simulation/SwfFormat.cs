using System.Globalization;

namespace Geobuk.Compute.Simulation;

/// <summary>
/// The Standard Workload Format: 18 numbers, -1 where one is not known; comments begin with <c>;</c>, those of the header have names.
/// Jobs that never ran do not count, nor do parts of jobs that have a line as a whole (status 2, 3 and 4).
/// </summary>
internal sealed class SwfFormat : ITraceFormat
{
    private const int Fields = 18, Failed = 0, Partial = 2, LastPartial = 4, Cancelled = 5;
    private static readonly string[] Names =
    [
        "job number", "submit time", "wait time", "run time", "allocated processors", "average CPU time", "used memory", "requested processors", "requested time",
        "requested memory", "status", "user", "group", "executable", "queue", "partition", "preceding job", "think time",
    ];

    private readonly Dictionary<string, string> _users = new(StringComparer.Ordinal);

    public string Expected => "18 numbers, or a comment that starts with ;";

    public double? Zero { get; private set; }

    public int? Devices { get; private set; }

    public SortedDictionary<string, int> LeftOut { get; } = new(StringComparer.Ordinal);

    public TraceJob? Read(string line)
    {
        if (line[0] == ';')
        {
            Header(line);
            return null;
        }
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (Fields or Fields - 1)) throw new FormatException($"{fields.Length} fields");
        double Number(int field) => double.TryParse(fields[field - 1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value : throw new FormatException($"field {field}, {Names[field - 1]}, is {fields[field - 1]}");
        var (submitted, seconds, requested, status) = (Number(2), Number(4), Number(9), Number(11));
        var devices = Number(5) > 0 ? Number(5) : Number(8);
        var why = status is >= Partial and <= LastPartial ? "lines of parts of jobs"
            : seconds < 0 || (seconds == 0 && status == Cancelled) ? "jobs that never ran"
            : devices <= 0 ? "jobs that held no processors"
            : submitted < 0 ? "jobs of which it is not known when they were submitted"
            : null;
        if (why is not null)
        {
            LeftOut[why] = LeftOut.GetValueOrDefault(why) + 1;
            return null;
        }
        if (devices > TraceReader.LargestDevices || devices != Math.Floor(devices)) throw new FormatException($"{devices} processors");
        if (!_users.TryGetValue(fields[11], out var user)) _users[fields[11]] = user = fields[11];
        return new TraceJob(submitted, seconds, (int)devices, user, requested > 0 ? requested : null, false) { IsDone = status is not (Failed or Cancelled) };
    }

    /// <summary>MaxProcs, or MaxNodes where nothing else is said; UnixStartTime.</summary>
    private void Header(string line)
    {
        var colon = line.IndexOf(':');
        if (colon < 0 || !double.TryParse(line[(colon + 1)..].Trim().Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) return;
        var name = line[1..colon].Trim();
        if (name == "MaxProcs" && value is >= 1 and <= TraceReader.LargestDevices) Devices = (int)value;
        else if (name == "MaxNodes" && value is >= 1 and <= TraceReader.LargestDevices) Devices ??= (int)value;
        else if (name == "UnixStartTime" && value > 0) Zero = value;
    }
}
