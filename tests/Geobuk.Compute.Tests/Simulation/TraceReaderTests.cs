using System.IO.Compression;
using System.Text;
using Geobuk.Compute.Simulation;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Simulation;

/// <summary>Traces as they are published, and as they are broken.</summary>
public sealed class TraceReaderTests : IDisposable
{
    private const string Header = "; Version: 2.2\n; UnixStartTime: 893466664\n; MaxNodes: 128\n; MaxProcs: 430\n; Note: 1999 (SDSC)\n";

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Swf_AsArchived_IsReadWithItsHeader_AndTellsWhatIsLeftOut()
    {
        // Fields: number, submit, wait, run, processors, cpu, memory, asked processors, asked time, memory, status, user, and six more.
        var trace = Read("swf", Header + string.Join('\n',
            "  1     10  3   100   8 -1 -1   8   -1 -1  1  7 1 1 1 1 -1 -1",
            "  2      0  3   200  -1 -1 -1  16  500 -1  0  7 1 1 1 1 -1 -1",
            "  3     20  3     0   4 -1 -1   4   60 -1  1  8 1 1 1 1 -1 -1",
            "  4     30 -1     0   4 -1 -1   4   60 -1  5  8 1 1 1 1 -1 -1",
            "  5     30 -1    -1   4 -1 -1   4   60 -1  5  8 1 1 1 1 -1 -1",
            "  6     40 -1    50  -1 -1 -1  -1   60 -1  1  8 1 1 1 1 -1 -1",
            "  7     -1 -1    50   1 -1 -1   1   60 -1  1  8 1 1 1 1 -1 -1",
            "  8     50 -1    50   1 -1 -1   1   60 -1  2  8 1 1 1 1 -1 -1"));

        Assert.Equal([(0, 200, 16, 500), (10, 100, 8, null), (20, 0, 4, 60.0)], trace.Jobs.Select(job => (job.Submitted, job.Seconds, job.Devices, job.Requested)));
        Assert.Equal((430, 893466664.0), (trace.Devices, trace.Origin));
        Assert.Equal(
            [
                $"{_file}: 1 jobs of which it is not known when they were submitted, left out", $"{_file}: 1 jobs that held no processors, left out",
                $"{_file}: 2 jobs that never ran, left out", $"{_file}: 1 lines of parts of jobs, left out",
            ],
            trace.Remarks);
    }

    [Fact]
    public void Swf_OfWindows_WithAMark_OrPacked_IsReadTheSame()
    {
        const string text = "; MaxNodes: 64\r\n1 5 0 7 2 -1 -1 2 -1 -1 1 3 1 1 1 1 -1 -1\r\n\r\n";
        TraceJob[] expected = [new(0, 7, 2, "3", null, false)];

        Assert.Equal(expected, Read("swf", "\uFEFF" + text).Jobs);
        using (var packed = new GZipStream(File.Create(_file), CompressionMode.Compress)) packed.Write(Encoding.UTF8.GetBytes(text));
        var trace = TraceReader.Read(_file, "swf");
        Assert.Equal(expected, trace.Jobs);
        Assert.Equal((64, (double?)null), (trace.Devices, trace.Origin));
        var broken = File.ReadAllBytes(_file);
        broken.AsSpan(10, 12).Fill(0xff);
        File.WriteAllBytes(_file, broken);
        Assert.StartsWith($"--trace: {_file} cannot be read (", Fault("swf", null), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Lublin_SaysOnHowManyProcessorsItWasRecorded() => Assert.Equal(256, TraceReader.Read(TestPaths.Shared("data", "traces", "lublin_256.swf"), "swf").Devices);

    [Fact]
    public void Philly_WithOtherColumns_AndQuotedFields_IsReadByTheirNames()
    {
        const string names = "cluster,num_gpus,\"user, if known\",timestamp,duration\n";

        Assert.Equal([new TraceJob(0, 66.5, 2, "a,\"b\"", null, true), new TraceJob(60, 5, 1, "c", null, true)],
            Read("philly", names + "c,1,,2017-10-09T07:01:55Z,5\n\"a,\"\"b\"\"\",2,kim,2017-10-09 07:00:55,66.5\n").Jobs);
        // Seconds since 1970, no cluster, no header, and a job without GPUs.
        var trace = Read("philly", "duration,num_gpus,timestamp\n5,1,1507532515\n7,0,1507532500\n");
        Assert.Equal([new TraceJob(0, 5, 1, "all", null, true)], trace.Jobs);
        Assert.Equal((1507532515.0, $"{_file}: 1 jobs without GPUs, left out"), (trace.Origin, Assert.Single(trace.Remarks)));
        Assert.Single(Read("philly", "2017-10-09 07:01:55,66.0,1,66.0,x\n").Jobs);
    }

    [Theory]
    [InlineData("swf", "1 0 0 NaN 1 1 1 1 1 1 1 1 1 1 1 1 1 1", ":1: a line that is not of the format swf (field 4, run time, is NaN); expected 18 numbers")]
    [InlineData("swf", "1 0 0 5 1e300 1 1 1 1 1 1 1 1 1 1 1 1 1", ":1: a line that is not of the format swf (1E+300 processors)")]
    [InlineData("swf", "1 0 0 5 1.5 1 1 1 1 1 1 1 1 1 1 1 1 1", ":1: a line that is not of the format swf (1.5 processors)")]
    [InlineData("swf", "1 1e15 0 5 1 1 1 1 1 1 1 1 1 1 1 1 1 1", ":1: a line that is not of the format swf (submitted at 1000000000000000 s)")]
    [InlineData("swf", "{\"submitted\":1}", ":1: a line that is not of the format swf (1 fields)")]
    [InlineData("philly", "timestamp,num_gpus\n2017-10-09 07:01:55,1\n", ":1: a line that is not of the format philly (no column duration)")]
    [InlineData("philly", "timestamp,duration,num_gpus\n09/10/2017 07:01,5,1\n", ":2: a line that is not of the format philly (timestamp is \"09/10/2017 07:01\", not such as 2017-10-09 07:01:55 or seconds since 1970)")]
    [InlineData("philly", "timestamp,duration,num_gpus\n2017-10-09 07:01:55,,1\n", ":2: a line that is not of the format philly (duration is \"\")")]
    [InlineData("philly", "timestamp,duration,num_gpus\n2017-10-09 07:01:55,5,1.5\n", ":2: a line that is not of the format philly (num_gpus is 1.5)")]
    [InlineData("philly", "timestamp,duration,num_gpus\n2017-10-09 07:01:55,5,\"1\n", ":2: a line that is not of the format philly (a quotation mark that is not closed)")]
    [InlineData("journal", "{\"submitted\":5,\"seconds\":7,\"devices\":1,\"tenant\":\"a\",\"id\":3}\n{\"submitted\":6,\"seconds\":7,\"devices\":1,\"tenant\":\"a\",\"id\":3}\n", ":2: a line that is not of the format journal (job 3 is there twice)")]
    [InlineData("journal", "{\"submitted\":5,\"seconds\":7,\"devices\":1,\"tenant\":\"a\",\"id\":3,\"after\":[3]}\n", ":1: a line that is not of the format journal (job 3 comes after job 3, which is not an earlier one)")]
    [InlineData("journal", "{\"submitted\":5,\"seconds\":7,\"devices\":1,\"tenant\":\"../a\"}\n", ":1: a line that is not of the format journal (tenant \"../a\")")]
    [InlineData("journal", "{\"submitted\":5,\"seconds\":-7,\"devices\":1,\"tenant\":\"a\"}\n", ":1: a line that is not of the format journal (1 device for -7 s)")]
    [InlineData("journal", "{\"submitted\":5,\"seconds\":7,\"devices\":1,\"tenant\":\"a\",\"cancelled\":4}\n", ":1: a line that is not of the format journal (cancelled at 4, before it was submitted)")]
    [InlineData("journal", "{\"submitted\":5,\"seconds\":7,\"devices\":1,\"tenant\":\"a\",\"max_run\":0}\n", ":1: a line that is not of the format journal (estimate , max_run 0)")]
    [InlineData("journal", "{\"at\":1e999,\"drain\":\"p/n\"}\n", ":1: a line that is not of the format journal (at")]
    [InlineData("journal", "[]\n", ":1: a line that is not of the format journal (")]
    [InlineData("swf", "", ": no job in it; expected at least one. Is --format swf right?")]
    public void Read_WrongValue_IsRefusedWithPlaceAndValue(string format, string text, string message) => Assert.StartsWith(_file + message, Fault(format, text), StringComparison.Ordinal);

    [Fact]
    public void Read_Folder_IsToldFromAFileThatIsMissing()
    {
        Assert.Equal($"--trace: {Path.GetTempPath()} is a folder; expected a file. Name one in it.", Assert.Throws<UserInputException>(() => TraceReader.Read(Path.GetTempPath(), "swf")).Message);
        Assert.Equal("--trace: not-there.swf does not exist; expected a file. Check the path.", Assert.Throws<UserInputException>(() => TraceReader.Read("not-there.swf", "swf")).Message);
        Assert.Equal("--format: pbs; expected one of swf, philly, journal.", Assert.Throws<UserInputException>(() => TraceReader.Read(_file, "pbs")).Message);
    }

    [Fact]
    public void Journal_CutOff_WithUnknownKeysAndUnknownPredecessors_IsReadAsFarAsItGoes()
    {
        const string whole = """
            {"at":100,"config":"aa"}
            {"submitted":105,"seconds":7,"devices":1,"tenant":"a","id":4,"after":[1],"colour":"red"}
            {"at":2000,"drain":"p/n"}
            {"submitted":106,"seconds":7,"devices":1,"tenant":"a","id":5,"open":true,"cancelled":null}
            {"at":3000,"config":"bb"}

            """;

        var trace = Read("journal", whole + "{\"submitted\":107,\"secon");

        Assert.Equal((2, 105.0), (trace.Jobs.Count, trace.Origin));
        Assert.Equal([new TraceDrain(1895, "p/n", true)], trace.Drains);
        Assert.Equal(
            [
                $"{_file}: 1 line that was cut off at the end, left out", $"{_file}: 1 job was not over when it was written; each is taken to run as long as was expected of it then",
                $"{_file}: 1 job that others come after is not in it; taken to have been done before", $"{_file}: the configuration was changed at 1970-01-01T00:50:00; --pool before.json,1970-01-01T00:50:00=after.json replays that, too",
            ],
            trace.Remarks);
        // In the midst of the file it is no accident of writing.
        Assert.StartsWith($"{_file}:1: a line that is not of the format journal (", Fault("journal", "{\"submitted\":107,\"secon\n" + whole), StringComparison.Ordinal);
    }

    private Trace Read(string format, string text)
    {
        File.WriteAllText(_file, text);
        return TraceReader.Read(_file, format);
    }

    private string Fault(string format, string? text)
    {
        if (text is not null) File.WriteAllText(_file, text);
        return Assert.Throws<UserInputException>(() => TraceReader.Read(_file, format)).Message;
    }
}
