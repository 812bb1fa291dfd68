using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Admission;

public sealed class DocumentAdmissionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Of_NoBasis_IsQuarantinedAsUnknown()
    {
        var admitted = Admit("문서.txt", "담당자는 결과를 통보하여야 한다.", new CorpusConfig());
        Assert.Equal((LicenseDecision.ReasonUnknown, "unknown"), (admitted.Reason, admitted.License.Basis));
        Assert.Equal(64, admitted.Item!.Length);
    }

    [Fact]
    public void Of_BasisOfTheSource_GoesBeforeThatOfTheDomain()
    {
        var licenses = new Dictionary<string, string> { ["domain"] = "kogl_4", [_folder] = "kogl_1" };
        Assert.Equal("kogl_1", Admit("문서.txt", "담당자는 결과를 통보하여야 한다.", new CorpusConfig { Licenses = licenses }).License.Basis);
    }

    [Fact]
    public void Of_ForbiddenLicense_NamesWhatForbids()
    {
        var admitted = Admit("문서.md", "---\nlicense: 공공누리 제4유형\n---\n\n담당자는 결과를 통보하여야 한다.\n", Licensed());
        Assert.Equal((LicenseDecision.ReasonForbids, "kogl_4: 공공누리 제4유형"), (admitted.Reason, admitted.Detail));
    }

    [Theory]
    [InlineData("문서.md", "---\n제목: 행사 계획\n보안등급: 대외비\n---\n\n담당자는 결과를 통보하여야 한다.\n", true)]
    [InlineData("문서.md", "---\n제목: 행사 계획\n문서등급:\n- 군사 Ⅲ급비밀\n---\n\n담당자는 결과를 통보하여야 한다.\n", true)]
    [InlineData("문서.md", "---\ntitle: plan\nclassification: SECRET//NOFORN\n---\n\nThe officer reports the result.\n", true)]
    [InlineData("문서.md", "---\n제목: 문서의 관리\n보안등급: 평문\n공개구분: 공개\n---\n\n담당자는 결과를 통보하여야 한다.\n", false)]
    [InlineData("문서.jsonl", """{"text":"담당자는 결과를 통보하여야 한다.","보안등급":"대외비"}""", true)]
    [InlineData("문서.jsonl", """{"text":"담당자는 결과를 통보하여야 한다.","비고":"대외비"}""", false)]
    public void Of_GradeInMetadata_IsSearchedAndNotTrainedOn(string name, string text, bool marked)
    {
        var admitted = Admit(name, text, Licensed());
        Assert.Equal(marked ? FindingKind.SecurityMarking : null, admitted.Reason);
        Assert.DoesNotContain("등급", admitted.Document.Text);
        Assert.DoesNotContain("SECRET", admitted.Document.Text);
    }

    [Fact]
    public void Of_ReleasedItem_IsAdmittedWithPersonalDataMasked()
    {
        const string Text = "대 외 비\n신청인의 연락처는 010-1234-5678이다.";
        var held = Admit("문서.txt", Text, Licensed());
        Decide(held, ReviewDecision.Release);
        var released = Admit("문서.txt", Text, Licensed());
        Assert.Null(released.Reason);
        Assert.Equal("대 외 비\n신청인의 연락처는 [전화번호]이다.", released.Text);
        Assert.Equal("양식의 견본임", Assert.Single(released.Decisions).Because);
    }

    [Fact]
    public void Of_ChangedText_IsAnotherItem()
    {
        Decide(Admit("문서.txt", "대 외 비\n부대 행사 계획", Licensed()), ReviewDecision.Release);
        Assert.Equal(FindingKind.SecurityMarking, Admit("문서.txt", "대 외 비\n부대 이전 계획", Licensed()).Reason);
    }

    [Fact]
    public void Of_ReleasedLicense_IsAPermissionByTheReviewer_AndReleasesNoMarking()
    {
        var config = new CorpusConfig { Decisions = Path.Combine(_folder, "decisions.jsonl") };
        Decide(Admit("문서.txt", "담당자는 결과를 통보하여야 한다.", config), ReviewDecision.Release);
        var released = Admit("문서.txt", "담당자는 결과를 통보하여야 한다.", config);
        Assert.Equal((null, "permission", "decision of 검토자: 양식의 견본임"), (released.Reason, released.License.Basis, released.License.Reference));
        Assert.Equal(FindingKind.SecurityMarking, Admit("문서.txt", "담당자는 결과를 통보하여야 한다.\n대 외 비", config).Reason);
    }

    [Fact]
    public void Of_KeptItem_StaysOutWithTheDecision()
    {
        var held = Admit("문서.txt", "대 외 비\n부대 행사 계획", Licensed());
        Decide(held, ReviewDecision.Release);
        Decide(held, ReviewDecision.Keep);
        var kept = Admit("문서.txt", "대 외 비\n부대 행사 계획", Licensed());
        Assert.Equal((FindingKind.SecurityMarking, ReviewDecision.Keep), (kept.Reason, Assert.Single(kept.Decisions).Decision));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("release everything")]
    [InlineData("""{"item":"12","document":"a","reason":"b","decision":"release","because":"c","by":"d","at":"2026-01-01T00:00:00Z"}""")]
    public void Load_DamagedDecisions_AreRefused(string line)
    {
        var path = Path.Combine(_folder, "decisions.jsonl");
        File.WriteAllText(path, line);
        Assert.StartsWith($"{path}:1: not a decision; expected", Assert.Throws<UserInputException>(() => ReviewDecisions.Load(path)).Message);
    }

    private CorpusConfig Licensed() => new() { Licenses = TestLicenses.All, Decisions = Path.Combine(_folder, "decisions.jsonl") };

    private AdmittedDocument Admit(string name, string text, CorpusConfig config)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        var document = DocumentReaders.Read(new SourceFile(_folder, Path.Combine(_folder, name), name)).Single();
        return new DocumentAdmission(config with { Domain = [_folder] }).Of(document);
    }

    private void Decide(AdmittedDocument held, string decision) => ReviewDecisions.Append(Path.Combine(_folder, "decisions.jsonl"),
        new ReviewDecision(held.Item!, held.Document.Id, held.Reason!, decision, "양식의 견본임", "검토자", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)));
}
