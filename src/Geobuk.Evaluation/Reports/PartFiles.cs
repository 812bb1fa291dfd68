using System.Diagnostics;

namespace Geobuk.Evaluation.Reports;

/// <summary>
/// Finished parts of an evaluation, one file each: a killed evaluation measures only what is missing, and every score
/// can be recomputed from the parts without a model.
/// </summary>
internal sealed class PartFiles(string folder)
{
    /// <summary>Seconds that the parts took, those of earlier sessions included.</summary>
    public double Seconds { get; private set; }

    /// <summary>Whether a part is finished.</summary>
    public bool Has(string name) => File.Exists(PathOf(name));

    /// <summary>The part's value, measured where it is missing.</summary>
    public T Get<T>(string name, Func<T> measure)
    {
        var path = PathOf(name);
        if (!File.Exists(path))
        {
            var clock = Stopwatch.StartNew();
            var value = measure();
            Directory.CreateDirectory(folder);
            JsonFiles.Write(path, new Part<T>(clock.Elapsed.TotalSeconds, value));
        }
        var part = JsonFiles.Read<Part<T>>(path);
        Seconds += part.Seconds;
        return part.Value;
    }

    private string PathOf(string name) => Path.Combine(folder, name + ".json");

    private sealed record Part<T>(double Seconds, T Value);
}
