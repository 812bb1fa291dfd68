using System.Globalization;
using System.Text;

namespace Geobuk.Compute.Simulation;

/// <summary>
/// A table of jobs with commas, such as the Philly trace's: columns <c>timestamp</c>, <c>duration</c> (seconds), <c>num_gpus</c> and perhaps
/// <c>cluster</c>, in any order where the first line names them, others beside them. Times are UTC, year first, or seconds since 1970.
/// </summary>
internal sealed class PhillyFormat : ITraceFormat
{
    private static readonly string[] Standard = ["timestamp", "duration", "num_gpus", "gpu_time", "cluster"];
    private static readonly string[] Times = ["yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy/MM/dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm", "yyyy-MM-dd"];

    private readonly Dictionary<string, string> _groups = new(StringComparer.Ordinal);
    private string[]? _columns;
    private int _timestamp, _duration, _gpus, _cluster;

    public string Expected => "timestamp,duration,num_gpus,gpu_time,cluster";

    public double? Zero => 0;

    public SortedDictionary<string, int> LeftOut { get; } = new(StringComparer.Ordinal);

    public TraceJob? Read(string line)
    {
        var fields = Split(line);
        if (_columns is null)
        {
            var isHeader = fields.Contains(Standard[0]);
            _columns = isHeader ? [.. fields] : Standard;
            int Column(string name, bool isNeeded = true) => Array.IndexOf(_columns, name) is >= 0 and var at ? at : isNeeded ? throw new FormatException($"no column {name}") : -1;
            (_timestamp, _duration, _gpus, _cluster) = (Column("timestamp"), Column("duration"), Column("num_gpus"), Column("cluster", isNeeded: false));
            if (isHeader) return null;
        }
        if (fields.Count != _columns.Length) throw new FormatException($"{fields.Count} fields");
        var (seconds, devices) = (Number("duration", fields[_duration]), Number("num_gpus", fields[_gpus]));
        if (devices == 0)
        {
            LeftOut["jobs without GPUs"] = LeftOut.GetValueOrDefault("jobs without GPUs") + 1;
            return null;
        }
        if (Math.Abs(devices) > TraceReader.LargestDevices || devices != Math.Floor(devices)) throw new FormatException($"num_gpus is {fields[_gpus]}");
        var name = _cluster < 0 ? "all" : fields[_cluster];
        if (!_groups.TryGetValue(name, out var group)) _groups[name] = group = name;
        return new TraceJob(Time(fields[_timestamp]), seconds, (int)devices, group, null, true);
    }

    private static double Number(string name, string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
        ? value : throw new FormatException($"{name} is \"{text}\"");

    private static double Time(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) ? seconds
        : DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? (time - DateTimeOffset.UnixEpoch).TotalSeconds
        : throw new FormatException($"timestamp is \"{text}\", not such as 2017-10-09 07:01:55 or seconds since 1970");

    /// <summary>Fields between commas; one in quotation marks may hold commas, and such a mark twice.</summary>
    private static List<string> Split(string line)
    {
        if (!line.Contains('"')) return [.. line.Split(',').Select(field => field.Trim())];
        var (fields, field, isQuoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
            if (line[i] == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"') field.Append(line[i++]);
            else if (line[i] == '"') isQuoted = !isQuoted;
            else if (line[i] == ',' && !isQuoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else field.Append(line[i]);
        if (isQuoted) throw new FormatException("a quotation mark that is not closed");
        fields.Add(field.ToString().Trim());
        return fields;
    }
}
