# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# s3proxy: a negative control. A strict dialect of S3 whose conditional writes are not atomic.
s3proxy_folder="$home/s3proxy-4.1.0"
s3proxy_present() { [ -e "$s3proxy_folder/.ok" ]; }
s3proxy_missing() { lacks curl; older_than 17 java --version; s3proxy_present || lacks mvn; }
s3proxy_install() {
  rm -rf "$s3proxy_folder"
  mkdir -p "$s3proxy_folder"
  # Managed versions of a dependency are not inherited: without the second import an old Jackson breaks the start.
  cat >"$s3proxy_folder/pom.xml" <<'END'
<project><modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>s3proxy</artifactId><version>1</version>
<packaging>pom</packaging>
<dependencyManagement><dependencies><dependency><groupId>tools.jackson</groupId><artifactId>jackson-bom</artifactId>
<version>3.2.2</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>
<dependencies><dependency><groupId>org.gaul</groupId><artifactId>s3proxy</artifactId><version>4.1.0</version></dependency>
</dependencies></project>
END
  (cd "$s3proxy_folder" && mvn -q -B -Dstyle.color=never -DincludeScope=runtime -DoutputDirectory=lib \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies </dev/null)
  touch "$s3proxy_folder/.ok"
}
s3proxy_start() {
  mkdir -p "$data/$bucket"
  cat >"$data.logback.xml" <<'END'
<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%level %logger %msg%n
</pattern></encoder></appender><root level="WARN"><appender-ref ref="out"/></root></configuration>
END
  printf '%s\n' "s3proxy.endpoint=http://127.0.0.1:$port" s3proxy.authorization=aws-v2-or-v4 \
    "s3proxy.identity=$access_key" "s3proxy.credential=$secret_key" s3proxy.v4-max-non-chunked-request-size=134217728 \
    jclouds.provider=filesystem-nio2 "jclouds.filesystem.basedir=$data" >"$data.conf"
  launch java -Xmx512m "-Dlogback.configurationFile=$data.logback.xml" -cp "$s3proxy_folder/lib/*" org.gaul.s3proxy.Main \
    --properties "$data.conf"
  wait_until curl -s "http://127.0.0.1:$port/"
  export_s3 "http://127.0.0.1:$port"
}
