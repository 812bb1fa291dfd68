using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Cli.Inspection;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Inspection;

/// <summary>A folder of 14.5 GB whose data are holes in the file: what is read of it is the header alone.</summary>
public sealed class LargeFolderTests : IDisposable
{
    private const long MostAllocated = 50 << 20;
    // Touching what the file maps would take one for every 64 KB at least: 220,000.
    private const long MostFaults = 40_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-large-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Describe_LargeFolder_ReadsHeadersOnly()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "files have holes on Linux without further ado");
        var config = TestPaths.Repository("tests", "Shared", "shapes", "ax-3.1-light.json");
        File.Copy(config, Path.Combine(_folder, "config.json"));
        WriteHeader(Path.Combine(_folder, "model.safetensors"), ModelConfig.LoadFile(config));
        var (before, faults) = (GC.GetAllocatedBytesForCurrentThread(), PageFaults());

        var model = ModelInspector.Describe(_folder, new InspectOptions(8192, KeyValueType.F16));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.InRange(PageFaults() - faults, 0, MostFaults);
        Assert.Equal(7_264_800_768, model.Parameters);
        Assert.InRange(model.Bytes, 14_529_601_536, 14_530_000_000);
    }

    /// <summary>Pages that this thread was given so far: minflt and majflt of proc(5).</summary>
    private static long PageFaults()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[7], CultureInfo.InvariantCulture) + long.Parse(fields[9], CultureInfo.InvariantCulture);
    }

    private static void WriteHeader(string path, ModelConfig config)
    {
        var (header, offset) = (new JsonObject(), 0L);
        foreach (var spec in ModelLayout.Of(config).Tensors)
        {
            var end = offset + 2 * spec.Elements;
            header[spec.Name] = new JsonObject { ["dtype"] = "BF16", ["shape"] = JsonSerializer.SerializeToNode(spec.Shape), ["data_offsets"] = new JsonArray(offset, end) };
            offset = end;
        }
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var file = File.Create(path);
        file.Write(BitConverter.GetBytes((ulong)json.Length));
        file.Write(json);
        file.SetLength(8 + json.Length + offset);
    }
}
